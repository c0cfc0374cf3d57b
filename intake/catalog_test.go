package intake_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/daybook-audit/daybook"
)

// sample is a value that a column takes.
func sample(t testing.TB, c *daybook.Column) daybook.Value {
	t.Helper()
	text := map[daybook.Type]string{
		daybook.TypeText: "word", daybook.TypeUUID: "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01", daybook.TypeInt: "1",
		daybook.TypeFloat: "0.5", daybook.TypeBool: "true", daybook.TypeTime: "2026-01-30T09:00:00Z",
		daybook.TypeDate: "2026-01-30", daybook.TypeJSON: `{"a": [1]}`, daybook.TypeTexts: `["a", "b"]`,
		daybook.TypeOptions: `[{"option": "a", "pros": ["p"], "cons": ["c"], "score": 1}]`,
	}[c.Type]
	for _, words := range [][]string{c.Closed, c.Known} {
		if words != nil {
			text = words[0]
		}
	}
	v, err := c.ParseText(text)
	if err != nil {
		t.Fatalf("%s: %v", c.Name, err)
	}
	return v
}

// least is a record of a kind with nothing but what is required, and full one
// with everything a client may give.
func least(t testing.TB, k *daybook.Kind) daybook.Record {
	return sampled(t, k, func(c *daybook.Column) bool { return c.Required })
}

func full(t testing.TB, k *daybook.Kind) daybook.Record {
	return sampled(t, k, func(c *daybook.Column) bool { return !c.Serial && (!c.Envelope || c.Name == "log_id") })
}

func sampled(t testing.TB, k *daybook.Kind, in func(*daybook.Column) bool) daybook.Record {
	t.Helper()
	r := daybook.NewRecord(k)
	for i := range k.Columns {
		if c := &k.Columns[i]; in(c) {
			r.Values[i] = sample(t, c)
		}
	}
	return r
}

// amendment is one of a kind that fills one column, or of no column at all.
func amendment(t testing.TB, k *daybook.Kind, column string) daybook.Record {
	t.Helper()
	r := daybook.NewRecord(k)
	r.Amend = true
	r.Set(k.Subject().Name, sample(t, k.Subject()))
	if i, ok := k.Column(column); ok {
		r.Values[i] = sample(t, &k.Columns[i])
	}
	return r
}

func TestEveryKindPasses(t *testing.T) {
	t.Parallel()
	for _, k := range daybook.Kinds() {
		for name, r := range map[string]daybook.Record{"least": least(t, k), "full": full(t, k)} {
			if _, err := put(daybook.Local, r); err != nil {
				t.Errorf("%s of %s: %v", name, k.Name, err)
				continue
			}
			if r.LogID() == "" || r.Business() == "" || !r.Get(k.Time().Name).IsSet() {
				t.Errorf("%s of %s is not whole: %s", name, k.Name, line(&r))
			}
			if id := r.SubjectID(); (id == "") != k.Subject().Serial {
				t.Errorf("%s of %s has the id %q", name, k.Name, id)
			}
			if got := warnings(t, &r); got != nil && k.Name != "transformation_operation" {
				t.Errorf("%s of %s: warnings %q", name, k.Name, got)
			}
		}
	}
}

func TestEveryDefaultIsFilledInOnCreationOnly(t *testing.T) {
	t.Parallel()
	for _, k := range daybook.Kinds() {
		created := least(t, k)
		if _, err := put(daybook.Local, created); err != nil {
			t.Fatal(err)
		}
		for i := range k.Columns {
			if c := &k.Columns[i]; c.Default != "" && created.Values[i].Text() != c.Default {
				t.Errorf("%s.%s is %q, want %q", k.Name, c.Name, created.Values[i].Text(), c.Default)
			}
		}
		for _, name := range amendable(k) {
			amended := amendment(t, k, name)
			if _, err := put(daybook.Local, amended); err != nil {
				t.Errorf("%s.%s: %v", k.Name, name, err)
			}
			for i := range k.Columns {
				c := &k.Columns[i]
				if amended.Values[i].IsSet() && c.Name != name && c.Name != "log_id" && !c.Subject {
					t.Errorf("amending %s.%s filled in %s", k.Name, name, c.Name)
				}
			}
			if amended.LogID() == "" {
				t.Errorf("an amendment of %s got no log_id", k.Name)
			}
		}
	}
}

func amendable(k *daybook.Kind) []string {
	var names []string
	for i := range k.Columns {
		if k.Columns[i].Amend != daybook.RuleNone {
			names = append(names, k.Columns[i].Name)
		}
	}
	return names
}

func TestEveryColumnWithoutARuleCannotBeAmended(t *testing.T) {
	t.Parallel()
	for _, k := range daybook.Kinds() {
		names := amendable(k)
		for i := range k.Columns {
			c := &k.Columns[i]
			if c.Envelope || c.Subject || c.Amend != daybook.RuleNone || c.Name == "business_id" {
				continue
			}
			r := amendment(t, k, c.Name)
			if names == nil {
				_, err := put(daybook.Local, r)
				want(t, err, daybook.CodeConflict, "/0", k.Name+" cannot be amended")
				continue
			}
			first, _ := k.Column(names[0])
			r.Values[first] = sample(t, &k.Columns[first])
			_, err := put(daybook.Local, r)
			want(t, err, daybook.CodeConflict, "/0/"+c.Name, "cannot be amended", strings.Join(names, ", "))
		}
	}
}

func TestAmendmentsNameTheirSubjectAndFillSomething(t *testing.T) {
	t.Parallel()
	for _, k := range daybook.Kinds() {
		names := amendable(k)
		if names == nil {
			continue
		}
		r := amendment(t, k, names[0])
		r.Set(k.Subject().Name, daybook.Value{})
		_, err := put(daybook.Local, r)
		want(t, err, daybook.CodeInvalid, "/0/"+k.Subject().Name, "is missing", k.Name)
		r = amendment(t, k, "")
		r.SetBusiness("default")
		_, err = put(daybook.Local, r)
		want(t, err, daybook.CodeInvalid, "/0", "fills nothing", names[0])
	}
}

// A fault is one way to make a value bad, where the column has the rule.
type fault struct {
	name  string
	makes func(c *daybook.Column) (daybook.Value, bool)
	text  string // what the error says
}

// Texts of one character too many, and of more bytes than characters.
var (
	longName = strings.Repeat("ü", daybook.MaxName+1)
	longText = "ü" + strings.Repeat("a", daybook.MaxLong)
)

func tooLong(c *daybook.Column) string {
	if c.Long || c.Preview {
		return longText
	}
	return longName
}

func isWords(c *daybook.Column) bool { return c.Type == daybook.TypeText }

var faults = []fault{
	{"NUL", func(c *daybook.Column) (daybook.Value, bool) { return daybook.TextValue("a\x00b"), isWords(c) }, "NUL"},
	{"not UTF-8", func(c *daybook.Column) (daybook.Value, bool) { return daybook.TextValue("a\xffb"), isWords(c) }, "UTF-8"},
	{"too long", func(c *daybook.Column) (daybook.Value, bool) { return daybook.TextValue(tooLong(c)), isWords(c) }, "characters; at most"},
	{"not a word", func(c *daybook.Column) (daybook.Value, bool) { return daybook.TextValue("sideways"), c.Closed != nil }, "is none of"},
	{"the wrong case", func(c *daybook.Column) (daybook.Value, bool) {
		if c.Closed == nil {
			return daybook.Value{}, false
		}
		word := strings.ToUpper(c.Closed[0])
		if word == c.Closed[0] {
			word = strings.ToLower(word)
		}
		return daybook.TextValue(word), true
	}, "did you mean"},
	{"too small", func(c *daybook.Column) (daybook.Value, bool) {
		if c.Min == nil {
			return daybook.Value{}, false
		}
		if c.Type == daybook.TypeInt {
			return daybook.IntValue(int64(*c.Min) - 1), true
		}
		return daybook.FloatValue(*c.Min - 0.001), true
	}, "must"},
	{"too great", func(c *daybook.Column) (daybook.Value, bool) {
		if c.Max == nil {
			return daybook.Value{}, false
		}
		return daybook.FloatValue(*c.Max + 0.001), true
	}, "must be between"},
	{"no time", func(c *daybook.Column) (daybook.Value, bool) {
		return daybook.TextValue("2026-01-31T09:00:00Z"), c.Type == daybook.TypeTime
	}, "canonical time"},
	{"no date", func(c *daybook.Column) (daybook.Value, bool) {
		return daybook.TextValue("2026-02-30"), c.Type == daybook.TypeDate
	}, "canonical date"},
	{"no UUID", func(c *daybook.Column) (daybook.Value, bool) {
		return daybook.TextValue("0190F3C2-7B1E-7A40-8C11-3A5D2F6E9B01"), c.Type == daybook.TypeUUID
	}, "UUID"},
	{"an element with NUL", func(c *daybook.Column) (daybook.Value, bool) {
		return daybook.TextsValue([]string{"a", "b\x00"}), c.Type == daybook.TypeTexts
	}, "NUL"},
	{"an element too long", func(c *daybook.Column) (daybook.Value, bool) {
		return daybook.TextsValue([]string{"a", tooLong(c)}), c.Type == daybook.TypeTexts
	}, "characters; at most"},
}

// roomy takes records whose texts are at their limit.
var roomy = limits(1 << 30)

func TestEveryColumnKeepsItsRules(t *testing.T) {
	t.Parallel()
	for _, k := range daybook.Kinds() {
		for i := range k.Columns {
			c := &k.Columns[i]
			if c.Serial || c.Envelope && c.Name != "log_id" {
				continue
			}
			for _, f := range faults {
				v, ok := f.makes(c)
				if !ok {
					continue
				}
				r := full(t, k)
				r.Values[i] = v
				if c.Amend != daybook.RuleNone {
					a := amendment(t, k, c.Name)
					a.Values[i] = v
					check(t, a, c, f)
				}
				check(t, r, c, f)
			}
		}
	}
}

func check(t *testing.T, r daybook.Record, c *daybook.Column, f fault) {
	t.Helper()
	path := "/" + c.Name
	if strings.HasPrefix(f.name, "an element") {
		path += "/1"
	}
	want(t, roomy.Check(daybook.Local, r), daybook.CodeInvalid, path, f.text)
	if t.Failed() {
		t.Fatalf("%s.%s with %s", r.Kind.Name, c.Name, f.name)
	}
}

// The limits of length are of characters and inclusive.
func TestEveryTextTakesItsFullLength(t *testing.T) {
	t.Parallel()
	for _, k := range daybook.Kinds() {
		r := full(t, k)
		for i := range k.Columns {
			c := &k.Columns[i]
			_, last := utf8.DecodeLastRuneInString(tooLong(c))
			most := tooLong(c)[:len(tooLong(c))-last]
			switch {
			case c.Serial || c.Envelope || c.Closed != nil || c.Name == "business_id":
			case isWords(c):
				r.Values[i] = daybook.TextValue(most)
			case c.Type == daybook.TypeTexts:
				r.Values[i] = daybook.TextsValue([]string{most, "b"})
			case c.Type == daybook.TypeOptions:
				options, err := daybook.OptionsValue([]daybook.Option{{Option: most, Pros: []string{most}, Cons: []string{most}}})
				if err != nil {
					t.Fatal(err)
				}
				r.Values[i] = options
			}
		}
		if err := roomy.Check(daybook.Local, r); err != nil {
			t.Errorf("%s: %v", k.Name, err)
		}
	}
}

func TestEveryRequiredColumnIsMissed(t *testing.T) {
	t.Parallel()
	for _, k := range daybook.Kinds() {
		for i := range k.Columns {
			c := &k.Columns[i]
			names := c.Required || c.Subject || c.Name == "business_id"
			if c.Required {
				r := full(t, k)
				r.Values[i] = daybook.Value{}
				_, err := put(daybook.Local, r)
				want(t, err, daybook.CodeInvalid, "/0/"+c.Name, "is missing", k.ColumnDoc(c.Name))
			}
			if !isWords(c) || c.Envelope || c.Closed != nil {
				continue
			}
			r := full(t, k)
			r.Values[i] = daybook.TextValue("")
			_, err := put(daybook.Local, r)
			if names {
				want(t, err, daybook.CodeInvalid, "/0/"+c.Name, "must not be empty")
			} else if err != nil {
				t.Errorf("%s.%s: an empty text is a value, but: %v", k.Name, c.Name, err)
			}
		}
	}
}

func TestEveryKnownVocabularyTakesOthersWithAWarning(t *testing.T) {
	t.Parallel()
	for _, k := range daybook.Kinds() {
		for i := range k.Columns {
			c := &k.Columns[i]
			if c.Known == nil {
				continue
			}
			r := full(t, k)
			r.Values[i] = daybook.TextValue("sideways")
			out, err := put(daybook.Local, r)
			if err != nil {
				t.Errorf("%s.%s: %v", k.Name, c.Name, err)
				continue
			}
			if got := warnings(t, &out[0]); !slices.Contains(got, c.Name+`: unknown word "sideways"`) {
				t.Errorf("%s.%s: warnings %q", k.Name, c.Name, got)
			}
			if got := out[0].Values[i].Text(); got != "sideways" {
				t.Errorf("%s.%s became %q", k.Name, c.Name, got)
			}
		}
	}
}

func TestEveryEndIsNotBeforeItsStart(t *testing.T) {
	t.Parallel()
	for _, k := range daybook.Kinds() {
		for i := range k.Columns {
			c := &k.Columns[i]
			if c.After == "" {
				continue
			}
			early, late := "2026-01-30", "2026-01-31"
			if c.Type == daybook.TypeTime {
				early, late = "2026-01-30T09:00:00.000000Z", "2026-01-30T09:00:00.000001Z"
			}
			for start, code := range map[string]daybook.Code{early: "", late: daybook.CodeInvalid} {
				r := least(t, k)
				r.Values[i] = daybook.TextValue(early)
				r.Set(c.After, daybook.TextValue(start))
				_, err := put(daybook.Local, r)
				if daybook.CodeOf(err) != code {
					t.Errorf("%s.%s at %s, %s at %s: %v", k.Name, c.Name, early, c.After, start, err)
				}
				if code != "" {
					want(t, err, code, "/0/"+c.Name, "is before "+c.After)
				}
			}
		}
	}
}

func TestEveryPreviewIsCut(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, k := range daybook.Kinds() {
		for i := range k.Columns {
			c := &k.Columns[i]
			if !c.Preview {
				continue
			}
			seen++
			for given, left := range map[string]string{
				strings.Repeat("玉", 2*daybook.PreviewLength): strings.Repeat("玉", daybook.PreviewLength),
				strings.Repeat("a", daybook.PreviewLength+1): strings.Repeat("a", daybook.PreviewLength),
				strings.Repeat("ü", daybook.PreviewLength):   strings.Repeat("ü", daybook.PreviewLength),
				"": "",
			} {
				r := full(t, k)
				r.Values[i] = daybook.TextValue(given)
				out, err := put(daybook.Local, r)
				if err != nil {
					t.Fatal(err)
				}
				if got := out[0].Values[i]; !got.IsSet() || got.Text() != left {
					t.Errorf("%s.%s: %.20q of %d bytes became %d bytes", k.Name, c.Name, given, len(given), len(got.Text()))
				}
				if got := warnings(t, &out[0]); got != nil {
					t.Errorf("%s.%s: warnings %q", k.Name, c.Name, got)
				}
			}
		}
	}
	if seen == 0 {
		t.Error("no kind has a preview")
	}
}
