package sqllineage

// structFields gives the names of the fields of the struct, or array of
// structs, that the text makes at a token, as BigQuery's UNNEST has its columns
// from there: [STRUCT(1 AS a)], ARRAY<STRUCT<a INT64>>[…], (SELECT …). It gives
// none for anything else.
func (p *parser) structFields(i int) []ident {
	for range 8 {
		if i+1 >= p.end {
			return nil
		}
		following := p.toks[i+1].key
		switch p.toks[i].key {
		case "[", "(", "SELECT", "AS", "DISTINCT":
			i++
		case "ARRAY":
			i++
			if following == "<" {
				i++
			}
		case "STRUCT":
			if following == "<" {
				return p.typeFields(i + 2)
			}
			if following == "(" {
				return p.namedArguments(i+2, p.closingOf(i+1))
			}
			return nil
		default:
			return nil
		}
	}
	return nil
}

// typeFields gives the names in a INT64, b STRUCT<…>, up to the closing >.
func (p *parser) typeFields(i int) []ident {
	var fields []ident
	named := true
	for depth := 1; i < p.end && depth > 0; i++ {
		switch t := &p.toks[i]; t.key {
		case "<":
			depth++
		case ">":
			depth--
		case "(":
			i = p.closingOf(i)
		case ",":
			named = depth == 1
			continue
		default:
			if named && i+1 < p.end && p.toks[i+1].key != "," && p.toks[i+1].key != ">" && p.toks[i+1].key != "<" {
				fields = append(fields, identOf(t))
			}
		}
		named = false
	}
	return fields
}

// namedArguments gives the names of arguments between two tokens: behind AS,
// or of a column.
func (p *parser) namedArguments(i, end int) []ident {
	var fields []ident
	for ; i < end; i++ {
		switch p.toks[i].key {
		case "(", "[", "{":
			i = p.closingOf(i)
		}
		if i >= end { // it is never closed
			break
		}
		if last := i+1 >= end || p.toks[i+1].key == ","; !last {
			continue
		}
		if t := &p.toks[i]; t.kind == tokenWord || t.kind == tokenQuoted {
			fields = append(fields, identOf(t))
		} else if t.key != "," {
			fields = append(fields, ident{})
		}
	}
	return fields
}

// identOf is a token as a part of a name.
func identOf(t *token) ident {
	return ident{text: t.text, quoted: t.kind == tokenQuoted || t.kind == tokenString, span: Span{t.start, t.end}}
}
