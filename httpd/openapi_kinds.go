package httpd

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/lineage"
)

// eachKind describes a route once for every kind.
func eachKind(describe func(*daybook.Kind) call) func(route) []call {
	return func(r route) []call {
		var all []call
		for _, k := range daybook.Kinds() {
			c := describe(k)
			c.path = strings.ReplaceAll(r.Pattern, "{kind}", k.Name)
			c.tag = k.Name
			if r.Method == http.MethodPost {
				c.roles = writersOf(k, r.roles)
			}
			all = append(all, c)
		}
		return all
	}
}

// eachAmendable leaves out the kinds whose amendments are all refused.
func eachAmendable(describe func(*daybook.Kind) call) func(route) []call {
	each := eachKind(describe)
	return func(r route) []call {
		return slices.DeleteFunc(each(r), func(c call) bool { return !daybook.MustKind(c.tag).Amendable() })
	}
}

func eachVerb(r route) []call {
	var all []call
	for i := range daybook.Verbs() {
		v := &daybook.Verbs()[i]
		k := daybook.MustKind(v.Kind)
		c := amendCall(k)
		c.path = strings.NewReplacer("{kind}", k.Name, "{verb}", v.Name).Replace(r.Pattern)
		c.tag, c.roles = k.Name, writersOf(k, r.roles)
		c.id = v.Name + operationName(k)
		c.says = v.Doc + " What the body gives stands, the rest is filled in."
		c.body = object{"required": false, "content": object{"application/json": object{
			"schema": schema(k.Name + "_fields"), "example": object{},
		}}}
		all = append(all, c)
	}
	return all
}

// writersOf narrows the roles of a route to those that the intake lets write a
// kind.
func writersOf(k *daybook.Kind, roles []daybook.Role) []daybook.Role {
	reviewed := k.Name == "decision_logs" || k.Name == "escalation_logs"
	return slices.DeleteFunc(slices.Clone(roles), func(role daybook.Role) bool {
		return k.Restricted && role != daybook.RoleAdmin || role == daybook.RoleReviewer && !reviewed
	})
}

// operationName is the kind's name as generated clients have it:
// decision_logs is DecisionLogs.
func operationName(k *daybook.Kind) string {
	var b strings.Builder
	for part := range strings.SplitSeq(k.Name, "_") {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}

func postKindCall(k *daybook.Kind) call {
	record, refused := schema(k.Name), badRecord
	if k.Amendable() {
		refused = badWrite // there may be nothing to amend
		record = object{"oneOf": []any{record, schema(schemaName(k, daybook.SchemaAmendment))}}
	}
	example := k.Example(daybook.SchemaRecord)
	delete(example, "kind")
	other := k.Example(daybook.SchemaRecord) // with the kind, and an id that is filled in
	delete(other, k.Subject().Name)
	delete(other, "log_id")
	line, err := json.Marshal(other)
	if err != nil {
		panic(err) // it was JSON
	}
	return call{
		id: "write" + operationName(k), says: "The kind need not be named. All are written or none.",
		parameters: append([]any{onInvalid}, writeParameters...), body: recordBody(record, example, []any{other, other}, string(line)+"\n"),
		answers: written("The receipts, in the order of the records."), refusals: refused,
	}
}

// idOf is the path's parameter that names a subject.
func idOf(k *daybook.Kind) object {
	s := aString
	switch k.Subject().Type {
	case daybook.TypeUUID:
		s = object{"type": "string", "format": "uuid"}
	case daybook.TypeInt:
		s = object{"type": "integer", "format": "int64", "minimum": 0}
	}
	return inPath("id", k.ColumnDoc(k.Subject().Name), s, k.ExampleID())
}

func getCall(k *daybook.Kind) call {
	return call{
		id: "get" + operationName(k), parameters: []any{idOf(k), component("parameters", "RequestId")},
		answers:  answerJSON("The current state. Without seq and log_hash, its members are the bytes that log_hash is of.", schema(schemaName(k, daybook.SchemaEntry))),
		refusals: badLookup,
	}
}

func pageOf(k *daybook.Kind, description string) map[int]object {
	page := of("A page of entries.", object{
		"entries": arrayOf(schema(schemaName(k, daybook.SchemaEntry)), "The entries."),
		"next":    text("The cursor of the next page; empty on the last."),
	}, nil)
	return linked(answerJSON(description, page))
}

func pageParameters() []any {
	return []any{
		inQuery("limit", "The most to give.", object{"type": "integer", "minimum": 1, "maximum": lineage.MaxPage, "default": lineage.DefaultPage}, nil),
		inQuery("cursor", "The next of the page before. All pages show the ledger as it stood at the first.", aString, nil),
		component("parameters", "RequestId"),
	}
}

func revisionsCall(k *daybook.Kind) call {
	return call{
		id: "listRevisionsOf" + operationName(k), parameters: append([]any{idOf(k)}, pageParameters()...),
		answers: pageOf(k, "Every revision, the oldest first."), refusals: badLookup,
	}
}

func amendCall(k *daybook.Kind) call {
	return call{
		id: "amend" + operationName(k), parameters: append([]any{idOf(k)}, writeParameters...),
		says: "Only the fields of the body may be filled, each by its rule; anything else is a 409 that says what the field holds.",
		body: object{"required": true, "content": object{"application/json": object{
			"schema": schema(k.Name + "_fields"), "example": exampleFields(k),
		}}},
		answers: answerJSON("The receipt.", schema("Receipt")), refusals: badWrite,
	}
}

// listCall has a parameter for each column that a list can be narrowed by.
func listCall(k *daybook.Kind) call {
	var names []string
	var filters []any
	for i := range k.Columns {
		c := &k.Columns[i]
		if !lineage.Filterable(c) {
			continue
		}
		names = append(names, c.Name)
		if c.Name != "id" {
			filters = append(filters, filterBy(k, c))
		}
	}
	many := func(name, description string, items object) object {
		return inQuery(name, description, object{"type": "array", "items": items}, nil)
	}
	parameters := []any{
		since("Only what happened from then on, by "+k.Time().Name+".", "2020-01-01"),
		inQuery("until", "Only what happened before then, by "+k.Time().Name+"; written as since is.", aString, nil),
		many("id", "The subject; given several times, one of them.", idOf(k)["schema"].(object)),
		many("absent", "Only what has no value in the column.", object{"type": "string", "enum": names}),
		inQuery("order", "By when the current revisions were written: the last first, or the first first.",
			object{"type": "string", "enum": []string{"desc", "asc"}, "default": "desc"}, nil),
	}
	return call{
		id: "list" + operationName(k), parameters: append(append(parameters, pageParameters()...), filters...),
		answers: pageOf(k, "Current states, a page at a time."), refusals: badQuery,
	}
}

func filterBy(k *daybook.Kind, c *daybook.Column) object {
	items, says := object{"type": "string", "minLength": 1}, "One of the values given."
	switch c.Type {
	case daybook.TypeInt:
		items = object{"type": "integer", "format": "int64"}
	case daybook.TypeFloat:
		items = object{"type": "number", "format": "double"}
	case daybook.TypeBool:
		items = object{"type": "boolean"}
	case daybook.TypeUUID:
		items = object{"type": "string", "format": "uuid"}
	case daybook.TypeTime:
		items = object{"type": "string", "format": "date-time"}
	case daybook.TypeDate:
		items = object{"type": "string", "format": "date"}
	case daybook.TypeTexts:
		says = "It holds all of the values given."
	}
	return inQuery(c.Name, says+" "+k.ColumnDoc(c.Name), object{"type": "array", "items": items}, nil)
}
