package intake

import (
	"context"
	"errors"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/redact"
)

// RedactOptions set up what takes secrets out of records.
type RedactOptions struct {
	Off  bool     // nothing is taken out
	PII  []string // words of redact.PII to turn on, or "all"
	File string   // a file of own rules, as [ReadRedactFile] reads it; "" for none
}

// Redact takes secrets out of records before anything of them is hashed or
// written, and says on the entry what it took out. It may be used by several
// goroutines.
type Redact struct {
	by      *redact.Redactor // nil where nothing is taken out
	metrics *redactMetrics
}

// NewRedact makes what takes secrets out.
func NewRedact(o RedactOptions) (*Redact, error) {
	rd := &Redact{metrics: newRedactMetrics()}
	if o.Off {
		return rd, nil
	}
	var err error
	if rd.by, err = o.Redactor(); err != nil {
		return nil, err
	}
	return rd, nil
}

// Redactor makes the redactor alone, for who takes secrets out of what is no
// record yet.
func (o RedactOptions) Redactor() (*redact.Redactor, error) {
	var rules redact.Options
	if o.Off {
		rules.Off = redact.Names()
	} else if o.File != "" {
		var err error
		if rules, err = ReadRedactFile(o.File); err != nil {
			return nil, err
		}
	}
	if !o.Off {
		rules.PII = append(rules.PII, o.PII...)
	}
	by, err := redact.New(rules)
	if err != nil {
		return nil, badOption(o.File, err)
	}
	return by, nil
}

// badOption tells of an option as all errors are told.
func badOption(file string, err error) error {
	var bad *redact.OptionError
	if !errors.As(err, &bad) {
		return err
	}
	message := bad.Message
	if file != "" {
		message = file + ": " + message
	}
	return &daybook.Error{Code: daybook.CodeInvalid, Message: message, Hint: bad.Hint}
}

// Stage is it as a stage of the intake; nil where nothing is taken out.
func (rd *Redact) Stage() Stage {
	if rd.by == nil {
		return nil
	}
	return rd.look
}

// Around gives a Recorder that takes secrets out of records before the next
// has them, for use without an intake.
func (rd *Redact) Around(next daybook.Recorder) daybook.Recorder {
	return &redacting{next: next, rd: rd}
}

type redacting struct {
	next daybook.Recorder
	rd   *Redact
}

// Record implements [daybook.Recorder].
func (rc *redacting) Record(ctx context.Context, p daybook.Principal, records []daybook.Record) ([]daybook.Receipt, error) {
	if rc.rd.by != nil {
		for i := range records {
			if records[i].Kind != nil {
				_ = rc.rd.look(nil, &records[i]) // it refuses nothing
			}
		}
	}
	return rc.next.Record(ctx, p, records)
}

func (rd *Redact) look(_ *Call, r *daybook.Record) error {
	begun := time.Now()
	found := r.Redact(rd.by)
	rd.metrics.took.Observe(time.Since(begun).Seconds())
	for _, f := range found {
		rd.metrics.found.WithLabelValues(rd.metrics.known(f.Rule, rd.by)).Inc()
	}
	return nil
}
