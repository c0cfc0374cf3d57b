package main

import "github.com/daybook-audit/daybook/local"

// intakeFlags say what records pass on their way to a local store, or to that
// of a server.
type intakeFlags struct{}

func (f *intakeFlags) options() local.Intake { return local.Intake{} }
