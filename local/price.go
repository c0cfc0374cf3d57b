package local

import (
	"errors"
	"io/fs"
	"os"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/price"
)

// NoPrices is what is given for a file of prices to compute no costs.
const NoPrices = "none"

// ReadPrices reads the prices that a file has before those that Daybook knows;
// "" gives the latter alone.
func ReadPrices(path string) (*price.Table, error) {
	if path == "" {
		return price.Builtin(), nil
	}
	in, err := os.Open(path)
	if err != nil {
		return nil, badPrices(path, err)
	}
	defer in.Close()
	own, err := price.ReadOwn(path, in)
	if err != nil {
		return nil, badPrices(path, err)
	}
	return price.Builtin().With(own), nil
}

func badPrices(path string, err error) error {
	e := &daybook.Error{
		Code: daybook.CodeInvalid, Message: "the prices in " + path + " cannot be used", Err: err,
		Hint: "mend the file; docs/guides/cost.md says what one has",
	}
	if errors.Is(err, fs.ErrNotExist) {
		e.Code, e.Hint = daybook.CodeNotFound, "name a file that is there; without --prices the prices that Daybook knows are used"
	}
	return e
}

// pricerOf makes what computes costs; nil where none are wanted.
func pricerOf(s Store, o Options) (*intake.Pricer, error) {
	if o.Intake.Prices == NoPrices {
		return nil, nil
	}
	settings := intake.Pricing{Entries: s, Logger: o.Logger}
	if o.Intake.Prices != "" { // those that Daybook knows are read when they are wanted
		table, err := ReadPrices(o.Intake.Prices)
		if err != nil {
			return nil, err
		}
		settings.Table = table
	}
	return intake.NewPricer(settings), nil
}
