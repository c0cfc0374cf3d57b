package postgres

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/storetest"
)

// noise makes a text that does not compress: of so many characters of four
// bytes.
func noise(characters int) string {
	random := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	for range characters {
		b.WriteRune(rune(0x20000 + random.IntN(0xa000)))
	}
	return b.String()
}

// short makes a record without long names.
func short(k *daybook.Kind, n int) daybook.Record {
	r := storetest.Records(k).Example(n)
	for i, v := range r.Values {
		switch c := &k.Columns[i]; {
		case len(v.Text()) <= 100:
		case c.Type == daybook.TypeText:
			r.Values[i] = daybook.TextValue(fmt.Sprint("short ", n, rand.Int64()))
		case c.Type == daybook.TypeTexts:
			r.Values[i] = daybook.TextsValue([]string{"short"})
		}
	}
	return r
}

// appender is the end of a road: it appends what it gets.
type appender struct{ w *storetest.Writer }

func (t appender) Record(ctx context.Context, _ daybook.Principal, records []daybook.Record) ([]daybook.Receipt, error) {
	_, err := t.w.Write(ctx, records...)
	return nil, err
}

// TestWhatFitsIsTaken gives every column that an index has the longest names: those
// that are let through the store takes, and the others are refused before it.
func TestWhatFitsIsTaken(t *testing.T) {
	t.Parallel()
	s := testStore(t)
	road := Fitting(appender{storetest.NewWriter(s)})
	for _, k := range daybook.Kinds() {
		for _, c := range k.Columns {
			if c.Envelope || c.Long || c.Preview || c.Type != daybook.TypeText && c.Type != daybook.TypeTexts || c.Closed != nil {
				continue
			}
			for _, characters := range []int{300, 648, daybook.MaxName} {
				name := noise(characters)
				r := short(k, 1)
				v := daybook.TextValue(name)
				if c.Type == daybook.TypeTexts {
					v = daybook.TextsValue([]string{"bronze.orders", name, "x"})
				}
				r.Set(c.Name, v)
				_, err := road.Record(t.Context(), daybook.Local, []daybook.Record{short(k, 2), r})
				switch code := daybook.CodeOf(err); {
				case code != "" && code != daybook.CodeTooLarge:
					t.Errorf("%s.%s of %d bytes: %v", k.Name, c.Name, len(name), err)
				case code == daybook.CodeTooLarge && (len(name) < mostIndexed || !strings.HasPrefix(err.Error(), "/1/")):
					t.Errorf("%s.%s of %d bytes: %v", k.Name, c.Name, len(name), err)
				}
			}
		}
	}
	edge := short(lineageEdge, 1)
	edge.Set("source_name", daybook.TextValue(noise(400)))
	edge.Set("source_column", daybook.TextValue(noise(400)))
	operation := operation(t, 1)
	operation.Derived = []daybook.Record{edge}
	_, err := road.Record(t.Context(), daybook.Local, []daybook.Record{operation})
	if daybook.CodeOf(err) != daybook.CodeTooLarge || !strings.HasPrefix(fmt.Sprint(err), "/0/source_name") {
		t.Errorf("a derived edge of two long names: %v", err)
	}
}
