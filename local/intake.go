package local

import (
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/sqlite"
)

// Intake says what records pass on their way besides the checks.
type Intake struct{}

// stagesOf makes the stages between the checks and the cutting of previews.
func stagesOf(_ *sqlite.Store, _ Options) intake.Stages {
	return intake.Stages{}
}
