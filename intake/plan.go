package intake

import (
	"github.com/daybook-audit/daybook"
)

// plan is what the stages look up of a kind, once for all records of it:
// places of columns, -1 where the kind has none.
type plan struct {
	kind *daybook.Kind

	subject, time, logID, business int
	address, userAgent             int
	known, previews, guarded       []int
	defaults                       []filling
	afterTime                      []int          // columns that may not come before the kind's time
	session                        *sessionPlaces // nil but for transformation_session
}

// sessionPlaces is where a session has what its layer follows from.
type sessionPlaces struct{ tables, layer, kind int }

type filling struct {
	at    int
	value daybook.Value
}

// guarded are the columns in which agents leave data rather than say what they
// did.
var guarded = map[string]bool{
	"action_details": true, "facets": true, "issues": true, "metadata": true, "parameters": true,
	"result_summary": true, "source_filters": true, "transformation_logic": true,
}

// plans holds the plan of every kind under its number.
var plans = makePlans()

// planOf gives the plan of a record's kind, or nil for a record that is not
// one of the catalog.
func planOf(r *daybook.Record) *plan {
	if r.Kind == nil || r.Kind.Number < 0 || r.Kind.Number >= len(plans) || len(r.Values) != len(r.Kind.Columns) {
		return nil
	}
	if p := plans[r.Kind.Number]; p != nil && p.kind == r.Kind {
		return p
	}
	return nil
}

func makePlans() []*plan {
	var all []*plan
	for _, k := range daybook.Kinds() {
		for len(all) <= k.Number {
			all = append(all, nil)
		}
		all[k.Number] = makePlan(k)
	}
	return all
}

func makePlan(k *daybook.Kind) *plan {
	p := &plan{
		kind: k, subject: place(k, k.Subject().Name), time: place(k, k.Time().Name),
		logID: place(k, "log_id"), business: place(k, "business_id"),
		address: place(k, "ip_address"), userAgent: place(k, "user_agent"),
	}
	if k.Name == "transformation_session" {
		p.session = &sessionPlaces{tables: place(k, "source_tables"), layer: place(k, "source_layer"), kind: place(k, "session_type")}
	}
	for i := range k.Columns {
		p.add(i, &k.Columns[i])
	}
	return p
}

func (p *plan) add(i int, c *daybook.Column) {
	if c.Known != nil {
		p.known = append(p.known, i)
	}
	if c.Preview {
		p.previews = append(p.previews, i)
	}
	if guarded[c.Name] && p.kind.Name != "log_access_audit" { // what was asked of the log, it keeps
		p.guarded = append(p.guarded, i)
	}
	if c.Default != "" && i != p.business {
		v, err := c.ParseText(c.Default)
		if err != nil {
			panic("intake: the default of " + p.kind.Name + "." + c.Name + ": " + err.Error())
		}
		p.defaults = append(p.defaults, filling{at: i, value: v})
	}
	if c.After != "" && place(p.kind, c.After) == p.time {
		p.afterTime = append(p.afterTime, i)
	}
}

func place(k *daybook.Kind, name string) int {
	if i, ok := k.Column(name); ok {
		return i
	}
	return -1
}
