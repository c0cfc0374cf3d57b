package access

import (
	"slices"
	"strconv"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

// An objectWriter writes the parameters of a read as a JSON object. What was
// not asked is left out.
type objectWriter struct{ dst []byte }

func object() *objectWriter { return &objectWriter{dst: []byte{'{'}} }

func (o *objectWriter) key(name string) {
	if len(o.dst) > 1 {
		o.dst = append(o.dst, ", "...)
	}
	o.dst = canon.AppendKey(o.dst, name)
}

func (o *objectWriter) text(name, s string) *objectWriter {
	if s != "" {
		o.key(name)
		o.dst = canon.AppendString(o.dst, storable(s, daybook.MaxLong))
	}
	return o
}

func (o *objectWriter) int(name string, n int) *objectWriter {
	if n != 0 {
		o.key(name)
		o.dst = canon.AppendInt(o.dst, int64(n))
	}
	return o
}

func (o *objectWriter) truth(name string, b bool) *objectWriter {
	if b {
		o.key(name)
		o.dst = canon.AppendBool(o.dst, b)
	}
	return o
}

func (o *objectWriter) time(name string, t time.Time) *objectWriter {
	if t.IsZero() {
		return o
	}
	return o.text(name, canon.FormatTime(t))
}

func (o *objectWriter) texts(name string, list []string) *objectWriter {
	if len(list) > 0 {
		o.key(name)
		o.dst = canon.AppendStrings(o.dst, list)
	}
	return o
}

// json gives the object, or nil for an empty one.
func (o *objectWriter) json() []byte {
	if len(o.dst) == 1 {
		return nil
	}
	return append(o.dst, '}')
}

// ofList says what a list asks. A list of one subject's revisions is a read of
// that subject.
func ofList(q daybook.Query) Access {
	a := Access{Action: ActionRead}
	if q.Kind != nil {
		a.Target = q.Kind.Name
	}
	ids := q.IDs
	if len(ids) == 1 {
		a.Target, ids = a.Target+"/"+ids[0], nil
	}
	if q.Revisions {
		a.Target += "/revisions"
	}
	o := object()
	if q.After != nil {
		o.text("after", strconv.FormatInt(*q.After, 10))
	}
	o.text("business_id", q.Business).filters(q).texts("ids", storables(ids)).int("limit", q.Limit).truth("oldest", q.Oldest)
	if len(q.Seqs) > 0 {
		o.key("seqs")
		o.dst = appendInts(o.dst, q.Seqs)
	}
	if q.Snapshot != 0 {
		o.text("snapshot", strconv.FormatInt(q.Snapshot, 10))
	}
	a.Parameters = o.json()
	return a
}

func ofExport(q daybook.ExportQuery) Access {
	a := Access{Action: ActionExport, Target: "entries"}
	if q.Kind != nil {
		a.Target = q.Kind.Name
	}
	o := object().time("since", q.Since)
	if q.From != 0 {
		o.key("from")
		o.dst = canon.AppendInt(o.dst, q.From)
	}
	if q.Limit != 0 {
		o.key("limit")
		o.dst = canon.AppendInt(o.dst, int64(q.Limit))
	}
	a.Parameters = o.json()
	return a
}

var opNames = [...]string{daybook.OpIn: "in", daybook.OpContains: "contains", daybook.OpFrom: "from", daybook.OpBefore: "before", daybook.OpAbsent: "absent"}

// filters writes [["column", "op", value, …], …].
func (o *objectWriter) filters(q daybook.Query) *objectWriter {
	if len(q.Filters) == 0 {
		return o
	}
	o.key("filters")
	o.dst = append(o.dst, '[')
	for i, f := range q.Filters {
		if i > 0 {
			o.dst = append(o.dst, ", "...)
		}
		o.dst = append(o.dst, '[')
		o.dst = canon.AppendString(o.dst, storable(f.Column, daybook.MaxLong))
		o.dst = append(o.dst, ", "...)
		o.dst = canon.AppendString(o.dst, opNames[f.Op])
		for _, v := range f.Values {
			o.dst = append(o.dst, ", "...)
			o.dst = appendFilterValue(o.dst, typeOf(q.Kind, f), v)
		}
		o.dst = append(o.dst, ']')
	}
	o.dst = append(o.dst, ']')
	return o
}

// typeOf gives the type of a filter's values: what an array holds is text.
func typeOf(kind *daybook.Kind, f daybook.Filter) daybook.Type {
	if kind == nil {
		return daybook.TypeText
	}
	i, ok := kind.Column(f.Column)
	if !ok {
		return daybook.TypeText
	}
	return kind.Columns[i].Type
}

func appendFilterValue(dst []byte, t daybook.Type, v daybook.Value) []byte {
	if t.IsText() {
		return canon.AppendString(dst, storable(v.Text(), daybook.MaxLong))
	}
	return daybook.AppendValue(dst, t, v)
}

func storables(list []string) []string {
	list = slices.Clone(list)
	for i, s := range list {
		list[i] = storable(s, daybook.MaxLong)
	}
	return list
}

func appendInts(dst []byte, list []int64) []byte {
	dst = append(dst, '[')
	for i, n := range list {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = canon.AppendInt(dst, n)
	}
	return append(dst, ']')
}
