package httpd

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/lineage"
)

// parameters reads the query of a URL and refuses names that the call does not
// have, so that a misspelt one is not taken for none, and those given twice.
func parameters(r *http.Request, names ...string) (url.Values, error) {
	values, err := anyParameters(r)
	if err != nil {
		return nil, err
	}
	for name, given := range values {
		if !slices.Contains(names, name) {
			e := daybook.Invalidf("/"+daybook.Clip(name), "is no parameter of this call")
			e.Hint = "it has " + strings.Join(names, ", ")
			if len(names) == 0 {
				e.Hint = "it has none"
			}
			return nil, e
		}
		if len(given) > 1 {
			return nil, daybook.Invalidf("/"+name, "is given twice")
		}
	}
	return values, nil
}

func anyParameters(r *http.Request) (url.Values, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, &daybook.Error{
			Code: daybook.CodeMalformed, Message: "the query of the URL cannot be read", Hint: "percent-encode it", Err: err,
		}
	}
	return values, nil
}

func needed(values url.Values, name, example string) (string, error) {
	if text := values.Get(name); text != "" {
		return text, nil
	}
	e := daybook.Invalidf("/"+name, "is missing")
	e.Hint = "ask with ?" + name + "=" + example
	return "", e
}

func timeIn(values url.Values, name string) (time.Time, error) {
	text := values.Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	t, err := lineage.ParseSince(text, time.Now())
	return t, daybook.Under("/"+name, err)
}

// countIn reads a whole number from 0 to most; 0 where there is none.
func countIn(values url.Values, name string, most int64) (int64, error) {
	text := values.Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > most {
		return 0, daybook.Invalidf("/"+name, "%s is not a whole number from 0 to %d",
			strconv.Quote(daybook.Clip(text)), most)
	}
	return n, nil
}

// wordIn reads one of some words, or gives the first where there is none.
func wordIn(values url.Values, name string, words ...string) (string, error) {
	text := values.Get(name)
	if text == "" {
		return words[0], nil
	}
	if slices.Contains(words, text) {
		return text, nil
	}
	e := daybook.Invalidf("/"+name, "%s is not known", strconv.Quote(daybook.Clip(text)))
	e.Hint = "use " + strings.Join(words, " or ")
	return "", e
}
