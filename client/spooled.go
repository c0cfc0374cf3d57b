package client

import (
	"cmp"
	"context"
	"log/slog"
	"os"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/redact"
	"github.com/daybook-audit/daybook/spool"
)

// Spooling sets up how a client writes to disk; see [NewSpooled]. The zero
// value works.
type Spooling struct {
	Dir      string           // "" for the place that [spool.DefaultDir] gives for the server and the token
	MaxBytes int64            // that may wait on disk; 0 for [spool.DefaultMaxBytes]
	Redactor *redact.Redactor // takes secrets out before anything is on disk; nil for [redact.Default]
	Logger   *slog.Logger     // what becomes of delivering; nil logs nothing
}

// NewSpooled makes a client of a server that writes to a spool on disk: no
// write waits for the network. A call returns once the record is written to
// the operating system, and fails only where the record cannot be one, the
// disk takes no more, or the spool is full. It is delivered in order, and
// once, by this process or another that shares the directory, for as long as
// it takes; what the server refuses then stands in the reject file, with the
// reason (`daybook spool rejects`). What a call has returned for outlives
// kill -9 of the program, and not a power cut.
//
// Receipts are [daybook.Receipt.Pending]: they have the record's kind, ids and
// log_id, and no place in the ledger yet. Records of one [Client.LogAll] are
// delivered or refused each by itself. Reads go to the server as they do with
// [New], and see what is delivered; [Client.Flush] waits for that. Close the
// client when it is done with.
func NewSpooled(url string, o Options, s Spooling) (*Client, error) {
	remote, err := NewRemote(url, o)
	if err != nil {
		return nil, err
	}
	if s.Dir == "" {
		if s.Dir, err = spool.DefaultDir(url, o.Token); err != nil {
			return nil, err
		}
	}
	sp, err := spool.Open(s.Dir, spool.Options{
		URL: url, Token: o.Token, MaxBytes: s.MaxBytes, Redactor: s.Redactor,
		HTTPClient: o.HTTPClient, Timeout: o.Timeout, Program: o.UserAgent, Logger: s.Logger,
	})
	if err != nil {
		return nil, err
	}
	c := Over(sp, remote, remote, daybook.Principal{}).WithAgent(o.Agent)
	c.spool = sp
	return c, nil
}

// Spool is what the client writes to, or nil where it writes to the server.
func (c *Client) Spool() *spool.Spool { return c.spool }

// Flush waits until everything that was written before it is delivered or
// rejected. Without a spool that is so already.
func (c *Client) Flush(ctx context.Context) error {
	if c.spool == nil {
		return nil
	}
	return c.spool.Flush(ctx)
}

// Close ends the client of a spool; see [Client.Flush]. What is not delivered
// waits for the next process.
func (c *Client) Close() error {
	if c.spool == nil {
		return nil
	}
	return c.spool.Close()
}

// DefaultURL is the server where the environment names none.
const DefaultURL = "http://127.0.0.1:7777"

// FromEnv makes a client that writes to a spool, as the environment says:
// DAYBOOK_URL (else [DefaultURL]), DAYBOOK_TOKEN, DAYBOOK_AGENT, and
// DAYBOOK_SPOOL, below which the spool lies.
func FromEnv() (*Client, error) {
	return NewSpooled(cmp.Or(os.Getenv("DAYBOOK_URL"), DefaultURL), Options{
		Token: os.Getenv("DAYBOOK_TOKEN"), Agent: os.Getenv("DAYBOOK_AGENT"),
	}, Spooling{})
}
