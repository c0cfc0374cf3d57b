package client

import (
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/spool"
)

// Client is one set of calls over whatever records, reads and proves: a server
// or a store in process. Its methods may be called from several goroutines.
//
// Errors are *[daybook.Error] where Daybook has something to say: Code tells
// what sort it is, Path which field, Hint what to do next.
type Client struct {
	Recorder  daybook.Recorder  // where records go
	Reader    daybook.Reader    // who answers
	Prover    daybook.Prover    // who proves
	Principal daybook.Principal // who asks and writes; a server knows by the token, and takes no word for it

	agent string
	now   func() time.Time
	spool *spool.Spool // nil writes to the Recorder alone
}

// New makes a client of a server, such as "http://127.0.0.1:7777". It makes no
// call: whether the server is there shows at the first.
func New(url string, o Options) (*Client, error) {
	remote, err := NewRemote(url, o)
	if err != nil {
		return nil, err
	}
	return Over(remote, remote, remote, daybook.Principal{}).WithAgent(o.Agent), nil
}

// Over makes a client over a recorder, a reader and a prover in process, which
// speaks as a principal.
func Over(recorder daybook.Recorder, reader daybook.Reader, prover daybook.Prover, p daybook.Principal) *Client {
	return &Client{Recorder: recorder, Reader: reader, Prover: prover, Principal: p, now: time.Now}
}

// WithAgent gives a client that names an agent on every record that names
// none: as agent_id, agent_position or source_agent, whichever the kind has.
func (c *Client) WithAgent(name string) *Client {
	named := *c
	named.agent = name
	return &named
}

// speaker is who a review or a resolution is by, where the caller does not say.
func (c *Client) speaker() string {
	if c.agent != "" {
		return c.agent
	}
	return c.Principal.Name
}
