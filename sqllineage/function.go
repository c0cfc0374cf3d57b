package sqllineage

// function gives the source of a function in FROM: each of its columns comes
// from all that its arguments refer to, which may be the relations before it.
func (r *resolver) function(f *relation, sc *scope) *source {
	before := *sc
	flows := r.value(&before, &f.call)
	if f.call.bare {
		flows = appendThrough(nil, flows, flowTransformation)
	}
	sc.influences = append(sc.influences, before.influences[len(sc.influences):]...)
	s := &source{table: noTable, function: true, any: flows, out: &output{base: noTable}}
	fn := ""
	if len(f.fn) > 0 {
		fn = r.dialect.column(f.fn[len(f.fn)-1])
	}
	s.name = fn
	if f.alias.text != "" {
		s.name, s.aliased = r.dialect.column(f.alias), true
	}
	names := r.functionColumns(f, s, fn)
	for i, name := range names {
		c := outputColumn{name: name, flows: flows, span: f.call.span, origin: noTable}
		if f.ordinality && i == len(names)-1 && len(f.columns) > 1 {
			c.flows = nil
		}
		s.out.columns = append(s.out.columns, c)
	}
	if f.offset.text != "" {
		s.out.columns = append(s.out.columns, outputColumn{name: r.dialect.column(f.offset), span: f.call.span, origin: noTable})
	}
	return s
}

// functionColumns names the columns of a function: as its alias does, else as
// the function is known to, else by its alias or its own name.
func (r *resolver) functionColumns(f *relation, s *source, fn string) []string {
	if names := r.columnNames(f.columns); len(names) > 0 {
		return names
	}
	switch fn {
	case "flatten":
		return []string{"seq", "key", "path", "index", "value", "this"}
	case "json_each", "jsonb_each", "json_each_text", "jsonb_each_text", "each":
		return []string{"key", "value"}
	case "openjson":
		return []string{"key", "value", "type"}
	case "string_split":
		return []string{"value"}
	case "json_array_elements", "jsonb_array_elements", "json_array_elements_text", "jsonb_array_elements_text":
		if !s.aliased {
			return []string{"value"}
		}
	case "explode", "explode_outer", "posexplode", "inline", "stack", "json_tuple":
		if !s.aliased {
			return []string{"col", "pos", "key", "value"}
		}
		return nil
	}
	if s.name == "" || !givesValues(fn) {
		return nil
	}
	return []string{s.name}
}

// givesValues says that a function gives one column, of values, which goes by
// the alias or by the function's own name. Of others the columns are not known.
func givesValues(fn string) bool {
	switch fn {
	case "", "unnest", "generate_series", "generate_array", "generate_date_array", "generate_subscripts", "range", "sequence", "regexp_split_to_table",
		"regexp_matches", "string_to_table", "jsonb_object_keys", "json_object_keys", "jsonb_path_query", "json_array_elements", "jsonb_array_elements",
		"json_array_elements_text", "jsonb_array_elements_text":
		return true
	}
	return false
}
