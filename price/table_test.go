package price_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"
	"time"

	"github.com/daybook-audit/daybook/price"
)

// asked is one row of testdata/oracle.json: what the package itself answers,
// for a provider, a model, a time and counts of tokens.
type asked struct {
	provider, model string
	at              time.Time
	usage           price.Usage
	found           string // provider/model
	dollars         float64
}

func (a *asked) UnmarshalJSON(b []byte) error {
	u := &a.usage
	row := []any{&a.provider, &a.model, &a.at, &u.Input, &u.Output, &u.CacheRead, &u.CacheWrite, &u.Reasoning, &a.found, &a.dollars}
	return json.Unmarshal(b, &row)
}

// oracle reads the answers; make prices asks for them anew.
func oracle(t *testing.T) []asked {
	t.Helper()
	b, err := os.ReadFile("testdata/oracle.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []asked
	if err := json.Unmarshal(b, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestTheTableAnswersAsThePackageDoes(t *testing.T) {
	t.Parallel()
	list := oracle(t)
	for _, a := range list {
		p, ok := price.Builtin().At(price.Name{Provider: a.provider, Model: a.model}, a.at)
		if found := p.Provider + "/" + p.Model; ok && found != a.found || ok != (a.found != "") {
			t.Errorf("%s of %s is %s (%v), want %s", a.model, a.provider, found, ok, a.found)
			continue
		}
		if got := p.Cost(a.usage); math.Abs(got-a.dollars) > 1e-9*max(1, a.dollars) {
			t.Errorf("%s of %s at %s: %+v cost %v, want %v", a.model, a.provider, a.at.Format(time.RFC3339), a.usage, got, a.dollars)
		}
	}
	if len(list) < 500 {
		t.Errorf("only %d questions", len(list))
	}
}
