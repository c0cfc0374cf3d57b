package sqllineage

import "strings"

// templateName gives the parts of the name that a template of dbt stands for:
// {{ ref('model') }} and {{ source('schema', 'table') }}. It gives none for
// any other template, whose own text then is the name.
func templateName(t *token) []string {
	if t.kind != tokenParam || !strings.HasPrefix(t.text, "{{") {
		return nil
	}
	body := strings.Trim(t.text, "{} -\t\n")
	for _, call := range [...]string{"ref", "source"} {
		rest, found := strings.CutPrefix(body, call)
		if !found {
			continue
		}
		parts := stringsIn(rest)
		if call == "ref" && len(parts) > 1 { // the package, and the model in it
			parts = parts[len(parts)-1:]
		}
		return parts
	}
	return nil
}

// stringsIn gives what stands between quotes in a list of arguments.
func stringsIn(list string) []string {
	var found []string
	for {
		open := strings.IndexAny(list, `'"`)
		if open < 0 {
			return found
		}
		inside, rest, closed := strings.Cut(list[open+1:], list[open:open+1])
		if !closed {
			return found
		}
		found, list = append(found, inside), rest
	}
}
