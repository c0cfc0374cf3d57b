package main

import (
	"log/slog"

	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/local"
)

// intakeFlags say what records pass on their way to a local store, or to that
// of a server.
type intakeFlags struct {
	Redact      string   `help:"Whether secrets are taken out of what is recorded: ${enum}." enum:"on,off" default:"on" env:"DAYBOOK_REDACT"`
	RedactPII   []string `name:"redact-pii" help:"Personal data to take out as well: card, email, iban, national-id, phone, or all." env:"DAYBOOK_REDACT_PII" placeholder:"WORD"`
	RedactRules string   `help:"A file of own rules of redaction, in TOML." env:"DAYBOOK_REDACT_RULES" placeholder:"FILE"`

	Guard     string `help:"What to do about data where metadata belongs (rows, long lists, blobs): ${enum}." enum:"off,warn,cut,refuse" default:"warn" env:"DAYBOOK_GUARD"`
	GuardRows int    `help:"So many objects or arrays of one form are rows of data." default:"20" env:"DAYBOOK_GUARD_ROWS" placeholder:"N"`
	GuardList int    `help:"So many literals are a list of data." default:"100" env:"DAYBOOK_GUARD_LIST" placeholder:"N"`
	GuardBlob int    `help:"So many characters of base64 or hexadecimal digits are a blob." default:"512" env:"DAYBOOK_GUARD_BLOB" placeholder:"N"`

	Prices string `help:"A file of prices of your own, in TOML or JSON, that go before those that Daybook knows; none computes no costs." env:"DAYBOOK_PRICES" placeholder:"FILE"`

	Sample           string   `help:"Whether an operation that repeats one done before is stored as a reference to it, with time, rows and duration: ${enum}." enum:"off,on" default:"off" env:"DAYBOOK_SAMPLE"`
	SampleOperations []string `help:"Sample operations of these types alone." placeholder:"TYPE" env:"DAYBOOK_SAMPLE_OPERATIONS"`
	SampleSessions   []string `help:"Sample operations of sessions of these types alone." placeholder:"TYPE" env:"DAYBOOK_SAMPLE_SESSIONS"`
}

// announce tells the log of what is not done to records.
func (f *intakeFlags) announce(log *slog.Logger) {
	if f.Redact == "off" {
		log.Warn("secrets are not taken out of what is recorded: --redact is off")
	}
}

func (f *intakeFlags) options() local.Intake {
	i := local.Intake{
		Redact: intake.RedactOptions{Off: f.Redact == "off", PII: f.RedactPII, File: f.RedactRules},
		Prices: f.Prices,
		Guard:  intake.GuardOptions{Mode: intake.GuardMode(f.Guard), Rows: f.GuardRows, List: f.GuardList, Blob: f.GuardBlob},
	}
	if f.Sample == "on" {
		i.Sampling = &intake.Sampling{Operations: f.SampleOperations, Sessions: f.SampleSessions}
	}
	return i
}
