package proxy

import (
	"context"
	"log/slog"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/daybook-audit/daybook/redact"
)

// Options say what a proxy records, and where.
type Options struct {
	Name         string // of the server, in the records
	Agent        string // who calls; "" for what the client calls itself
	Business     string // the tenant; "" for the default one
	Conversation string // that calls are made in, where they do not say themselves
	Session      string // that calls are made in, where they do not say themselves

	Recorder  daybook.Recorder
	Principal daybook.Principal
	Closed    bool             // calls that cannot be recorded are refused; else they pass
	Patience  time.Duration    // how long one write may take; 0 for 10 s
	Grace     time.Duration    // how long a server may take to end; 0 for 5 s
	Redactor  *redact.Redactor // takes secrets out of what is recorded; nil for the default one
	Logger    *slog.Logger
}

// A Proxy records what passes between clients and one server.
type Proxy struct {
	o      Options
	scribe *scribe
	render renderer

	unreadable unreadable
	ends       []func()      // what to do at the end
	orphaned   time.Duration // how long a call whose stream broke may be answered otherwise
}

// New makes a proxy. Close it.
func New(o Options) (*Proxy, error) {
	for flag, value := range map[string]string{
		"name": o.Name, "agent": o.Agent, "business": o.Business, "conversation": o.Conversation, "session": o.Session,
	} {
		if err := canon.CheckString(value); err != nil || len(value) > maxName {
			return nil, daybook.Invalidf("/"+flag, "is not text of at most %d bytes in UTF-8", maxName)
		}
	}
	if o.Name == "" {
		return nil, &daybook.Error{
			Code: daybook.CodeInvalid, Path: "/name", Message: "the server has no name",
			Hint: "name it as it should stand in the ledger, such as files or github",
		}
	}
	if o.Patience == 0 {
		o.Patience = 10 * time.Second
	}
	if o.Grace == 0 {
		o.Grace = 5 * time.Second
	}
	if o.Redactor == nil {
		o.Redactor = redact.Default()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Proxy{
		o: o, scribe: newScribe(&o), render: renderer{o.Redactor}, orphaned: maxOrphaned,
	}, nil
}

// Close writes what is left to write. It says on the log how much could not be
// written.
func (p *Proxy) Close(ctx context.Context) {
	for _, end := range p.ends {
		end()
	}
	if lost := p.scribe.close(ctx); lost > 0 {
		p.o.Logger.Error("not everything that passed is recorded", "records lost", lost, "records written", p.scribe.written.Load())
	}
}
