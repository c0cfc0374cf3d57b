package daybook

import "strings"

// TableParts parts a table's name as people write it at its dots, and takes
// quotes and spaces off: the parts are what the database calls catalog, schema
// and table. What holds a slash is a path or URL, and one part; what holds no
// name has no parts. It reads names leniently: see [ParseNode] for one that refuses.
func TableParts(text string) []string {
	text = strings.TrimSpace(text)
	if strings.Contains(text, "/") {
		return []string{text}
	}
	var parts []string
	var part strings.Builder
	var quote rune
	for _, c := range text {
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '`'):
			quote = c
		case quote == 0 && c == '[':
			quote = ']'
		case c == '.' && (quote == 0 || quote == '`'): // BigQuery quotes a whole path
			parts = appendPart(parts, part.String())
			part.Reset()
		default:
			part.WriteRune(c)
		}
	}
	return appendPart(parts, part.String())
}

func appendPart(parts []string, part string) []string {
	if part = strings.TrimSpace(part); part != "" {
		parts = append(parts, part)
	}
	return parts
}

// PlainTable is a table's name without quotes and spaces around its parts, as
// lineage names it.
func PlainTable(text string) string {
	if !strings.ContainsAny(text, "\"`[ \t\r\n") {
		return text
	}
	return strings.Join(TableParts(text), ".")
}
