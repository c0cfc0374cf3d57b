package main

import (
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/local"
)

// intakeFlags say what records pass on their way to a local store, or to that
// of a server.
type intakeFlags struct {
	Guard     string `help:"What to do about data where metadata belongs (rows, long lists, blobs): ${enum}." enum:"off,warn,cut,refuse" default:"warn" env:"DAYBOOK_GUARD"`
	GuardRows int    `help:"So many objects or arrays of one form are rows of data." default:"20" env:"DAYBOOK_GUARD_ROWS" placeholder:"N"`
	GuardList int    `help:"So many literals are a list of data." default:"100" env:"DAYBOOK_GUARD_LIST" placeholder:"N"`
	GuardBlob int    `help:"So many characters of base64 or hexadecimal digits are a blob." default:"512" env:"DAYBOOK_GUARD_BLOB" placeholder:"N"`
}

func (f *intakeFlags) options() local.Intake {
	return local.Intake{
		Guard: intake.GuardOptions{Mode: intake.GuardMode(f.Guard), Rows: f.GuardRows, List: f.GuardList, Blob: f.GuardBlob},
	}
}
