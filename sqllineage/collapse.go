package sqllineage

// collapse gives the sources, targets and edges of a whole text.
func (r *resolver) collapse(result *Result) {
	for i := range result.Statements {
		s := &result.Statements[i]
		result.Sources = append(result.Sources, s.Sources...)
		result.Targets = append(result.Targets, s.Targets...)
		result.Edges = append(result.Edges, s.Edges...)
	}
}
