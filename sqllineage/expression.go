package sqllineage

import "strings"

// value gives what an expression takes its value from.
func (r *resolver) value(sc *scope, e *expr) []flow {
	if e.bare && len(e.refs) == 1 && len(e.queries) == 0 && !e.refs[0].star {
		return r.reference(sc, e.refs[0].name)
	}
	var flows []flow
	for i := range e.refs {
		ref := &e.refs[i]
		flows = appendThrough(flows, r.referred(sc, ref), roleKind(ref.role, ref.aggregate))
	}
	for i := range e.queries {
		s := &e.queries[i]
		flows = appendThrough(flows, r.subquery(sc, s), subqueryKind(s))
	}
	for _, w := range e.windows {
		flows = r.window(sc, w, flows)
	}
	return unite(flows)
}

// window adds what a named window looks at, and the windows that it is made of.
func (r *resolver) window(sc *scope, w ident, flows []flow) []flow {
	for i := range sc.windows {
		n := &sc.windows[i]
		if !equalNames(n.name.text, w.text) || !r.spend(1) || !r.budget.enter() {
			continue
		}
		flows = appendThrough(flows, r.references(sc, &n.spec), flowWindow)
		for _, inner := range n.spec.windows {
			if !equalNames(inner.text, w.text) {
				flows = r.window(sc, inner, flows)
			}
		}
		r.budget.leave()
		break
	}
	return flows
}

// roleKind is the kind of flow that a reference of a role makes.
func roleKind(role role, aggregate bool) flowKind {
	switch {
	case role == roleConditional:
		return flowConditional
	case role == roleWindow:
		return flowWindow
	case role == roleSort:
		return flowSort
	case role == roleFilter:
		return flowFilter
	case aggregate:
		return flowAggregation
	}
	return flowTransformation
}

// subqueryKind is the kind of flow that a subquery's columns make: those of
// EXISTS and IN decide on a value, and are no part of it.
func subqueryKind(s *subquery) flowKind {
	if s.exists && s.role == roleValue {
		return flowConditional
	}
	return roleKind(s.role, s.aggregate)
}

// referred gives the flows of a reference that may be a star.
func (r *resolver) referred(sc *scope, ref *ref) []flow {
	if !ref.star {
		return r.reference(sc, ref.name)
	}
	if len(ref.name) == 0 && r.countsRows(ref) {
		return nil
	}
	var flows []flow
	for _, s := range sc.sources {
		if s.hidden || len(ref.name) > 0 && !r.means(s, ref.name) {
			continue
		}
		flows = append(flows, s.any...)
		flows = append(flows, allFlows(s.out)...)
	}
	return unite(flows)
}

// countsRows says that a star is the argument of COUNT: it reads no column.
func (r *resolver) countsRows(ref *ref) bool {
	return r.argumentOf(ref, "count", "count_big", "count_if", "approx_count_distinct")
}

// argumentOf says that a reference is the first argument of one of these
// functions.
func (r *resolver) argumentOf(ref *ref, functions ...string) bool {
	at := r.skipSpaceBack(ref.span.Start)
	if at == 0 || r.text[at-1] != '(' {
		return false
	}
	word := r.wordBefore(at - 1)
	for _, fn := range functions {
		if strings.EqualFold(word, fn) {
			return true
		}
	}
	return false
}

// wordBefore gives the word that ends before an offset, space aside.
func (r *resolver) wordBefore(offset int) string {
	end := r.skipSpaceBack(offset)
	start := end
	for start > 0 && isNamePart(r.text[start-1]) {
		start--
	}
	return r.text[start:end]
}

func (r *resolver) skipSpaceBack(offset int) int {
	offset = min(offset, len(r.text))
	for offset > 0 && strings.IndexByte(" \t\r\n", r.text[offset-1]) >= 0 {
		offset--
	}
	return offset
}

// isNamePart says that a byte may be one of an unquoted name.
func isNamePart(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

// means says that a qualifier means a source.
func (r *resolver) means(s *source, qualifier name) bool {
	return len(qualifier) == 1 && equalNames(s.name, r.dialect.column(qualifier[0])) || r.namesTable(s, qualifier)
}

// subquery gives the flows of the columns of a subquery. What decides on its
// rows decides on those of the query around it.
func (r *resolver) subquery(sc *scope, s *subquery) []flow {
	out := r.query(s.query, sc, sc.ctes)
	sc.influences = append(sc.influences, out.influences...)
	if !s.exists {
		return allFlows(out)
	}
	var flows []flow
	for i := range out.columns {
		if !out.columns[i].star {
			flows = append(flows, out.columns[i].flows...)
		}
	}
	return unite(flows)
}

// references gives all that an expression refers to, whatever for.
func (r *resolver) references(sc *scope, e *expr) []flow {
	var flows []flow
	for i := range e.refs {
		flows = append(flows, r.referred(sc, &e.refs[i])...)
	}
	for i := range e.queries {
		flows = append(flows, r.subquery(sc, &e.queries[i])...)
	}
	for _, w := range e.windows {
		flows = r.window(sc, w, flows)
	}
	return unite(flows)
}

// decide adds what a condition, or a clause such as ORDER BY, refers to as
// deciding on the rows of its scope.
func (r *resolver) decide(sc *scope, e *expr, kind flowKind) {
	sc.influence(r.references(sc, e), kind)
}

func (r *resolver) decideAll(sc *scope, conds []*cond) {
	for _, c := range conds {
		kind := flowFilter
		if c.subtype == Join {
			kind = flowJoin
		}
		r.decide(sc, &c.expr, kind)
	}
}

// arrange adds what GROUP BY, ORDER BY and the like refer to: expressions,
// places in the SELECT list, or its names.
func (r *resolver) arrange(sc *scope, list []expr, kind flowKind) {
	for i := range list {
		e := &list[i]
		if e.number > 0 {
			if e.number <= len(sc.aliases) {
				sc.influence(sc.aliases[e.number-1].flows, kind)
			}
			continue
		}
		r.decide(sc, e, kind)
	}
}
