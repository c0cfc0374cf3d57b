package sqlite

import (
	"strings"
	"time"

	"github.com/daybook-audit/daybook"
	"zombiezen.com/go/sqlite"
)

func clip(s string) string { return daybook.Clip(s) }

// addFunctions gives a connection the functions of PostgreSQL that queries
// use and SQLite has not. NULL gives NULL, and so does a failure, which is
// noted: the driver loses the errors of functions.
func (c *querier) addFunctions() error {
	for name, f := range map[string]struct {
		args int
		fn   func([]string) (sqlite.Value, error)
	}{
		"now":         {0, func([]string) (sqlite.Value, error) { return moment(c.now, nil) }},
		"timestamptz": {1, func(args []string) (sqlite.Value, error) { return moment(parseMoment(args[0])) }},
		"add_interval": {2, func(args []string) (sqlite.Value, error) {
			return shift(args[0], args[1], 1)
		}},
		"subtract_interval": {2, func(args []string) (sqlite.Value, error) {
			return shift(args[0], args[1], -1)
		}},
		"date_trunc": {2, func(args []string) (sqlite.Value, error) {
			t, err := parseMoment(args[1])
			if err != nil {
				return sqlite.Value{}, err
			}
			return moment(truncate(t, strings.ToLower(args[0])))
		}},
		"date_part": {2, func(args []string) (sqlite.Value, error) {
			t, err := parseMoment(args[1])
			if err != nil {
				return sqlite.Value{}, err
			}
			field, err := part(t, strings.ToLower(args[0]))
			if n, ok := field.(int64); ok {
				return sqlite.IntegerValue(n), err
			}
			f, _ := field.(float64)
			return sqlite.FloatValue(f), err
		}},
	} {
		if err := c.CreateFunction(name, c.function(f.args, f.fn)); err != nil {
			return err
		}
	}
	return nil
}

// function makes a function of texts.
func (c *querier) function(args int, fn func([]string) (sqlite.Value, error)) *sqlite.FunctionImpl {
	return &sqlite.FunctionImpl{
		NArgs: args, Deterministic: true, AllowIndirect: true,
		Scalar: func(_ sqlite.Context, values []sqlite.Value) (sqlite.Value, error) {
			texts := make([]string, len(values))
			for i, v := range values {
				if v.Type() == sqlite.TypeNull {
					return sqlite.Value{}, nil
				}
				texts[i] = v.Text()
			}
			value, err := fn(texts)
			if err != nil {
				value = sqlite.Value{}
				if c.failure == nil {
					c.failure = err
				}
			}
			return value, nil
		},
	}
}

func moment(t time.Time, err error) (sqlite.Value, error) {
	if err != nil {
		return sqlite.Value{}, err
	}
	text, err := formatMoment(t)
	return sqlite.TextValue(text), err
}

func shift(text, amount string, sign int) (sqlite.Value, error) {
	t, err := parseMoment(text)
	if err != nil {
		return sqlite.Value{}, err
	}
	v, err := parseInterval(amount)
	if err != nil {
		return sqlite.Value{}, err
	}
	return moment(v.after(t, sign), nil)
}
