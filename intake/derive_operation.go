package intake

import (
	"encoding/json"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqllineage"
)

// reading is one operation and what its SQL says.
type reading struct {
	*derivation
	r        *daybook.Record
	sql      string
	result   *sqllineage.Result
	names    *names
	key      pastKey
	before   *past // what the session did before; nil while nobody asked
	as       sqllineage.Dialect
	output   *named // as the client named it; nil for none
	columns  listed // its columns, as the client named them
	bare     int    // the statement whose rows go to output: a SELECT without a target; -1 for none
	troubles troubles
}

// operation derives what follows from one operation.
func (d *derivation) operation(r *daybook.Record) {
	r.Derived = nil
	x := d.reading(r)
	read := x.read()
	if isPresumed(r) && !x.settleType(read) {
		if !read { // what begins as SQL was not looked at
			x.tell()
		}
		return
	}
	if read {
		x.findBare()
		x.compare()
		x.add()
		x.fill()
		x.learn()
		x.remember()
	}
	if x.result == nil || x.result.Status != sqllineage.Parsed {
		if d.unread == nil {
			d.unread = map[int]bool{}
		}
		d.unread[d.at] = true
	}
	x.tell()
}

// reading begins to read an operation.
func (d *derivation) reading(r *daybook.Record) *reading {
	x := &reading{derivation: d, r: r, sql: r.Values[operation.logic].Text(), bare: -1, key: pastKeyOf(r)}
	x.as = x.dialect()
	x.names = &names{inputs: candidatesOf(givenTexts(r, operation.inputTables)), session: x.sessionTables, resolved: map[nameKey]*named{}}
	if text := given(r, operation.outputTable).Text(); len(daybook.TableParts(text)) > 0 {
		x.names.output = candidatesOf([]string{text})
		x.output = namedTable(candidate{text, daybook.TableParts(text)})
	}
	x.columns = newListed(givenTexts(r, operation.outputColumns))
	return x
}

// settleType fills in that the logic is SQL where it reads as SQL from end to
// end, and names a table. Else it is what somebody says in words, and nothing is
// said of it.
func (x *reading) settleType(read bool) bool {
	if !read || x.result.Status != sqllineage.Parsed || len(x.result.Sources)+len(x.result.Targets)+len(x.result.After) == 0 {
		x.leaveOut(operation.logicType)
		return false
	}
	x.r.Fill(operation.logicType, daybook.TextValue("SQL"))
	return true
}

// read reads the SQL, and tells whether there is something to go on with.
func (x *reading) read() bool {
	switch {
	case x.time <= 0:
		x.metrics.skip()
		x.troubles.add("not derived: to read the SQL of one call may take %v, and the operations before this one took that; send fewer at once", callTime)
		return false
	case x.edges <= 0:
		x.metrics.skip()
		x.troubles.add("not derived: the operations of one call may have %d edges, and those before this one have them; send fewer at once", callEdges)
		return false
	}
	o := sqllineage.Options{Dialect: x.as, Catalog: x, Limits: x.o.Limits}
	begun := time.Now()
	defer func() { x.time -= time.Since(begun) }()
	if !x.enter() {
		x.metrics.skip()
		x.troubles.add("not derived: other SQL was being read, and %v is how long a write waits for that", x.o.gateTime)
		return false
	}
	entered := time.Now()
	x.result = x.after(o)
	took := time.Since(entered)
	<-x.gate
	if x.result == nil {
		x.metrics.read(skipped, took)
		return false
	}
	x.metrics.read(x.result.Status, took)
	x.names.read(x.result)
	if len(x.result.Warnings) == 0 && !slices.ContainsFunc(x.result.Statements, isStatement) {
		x.troubles.add("there is no statement of SQL in it that could be read as %s", o.Dialect)
	}
	for _, w := range x.result.Warnings {
		x.troubles.add("line %d, column %d: %s", w.Line, w.Column, w.Message)
	}
	return true
}

// enter waits until there is a processor to read the SQL on, but not for long:
// who sends SQL that takes long must not hold up what others write.
func (x *reading) enter() bool {
	select {
	case x.gate <- struct{}{}:
		return true
	default:
	}
	wait := time.NewTimer(x.o.gateTime)
	defer wait.Stop()
	select {
	case x.gate <- struct{}{}:
		return true
	case <-wait.C:
	case <-x.ctx.Done(): // nobody waits for the record any more
	}
	return false
}

func isStatement(s sqllineage.Statement) bool { return s.Kind != "" }

// parse reads the SQL. A fault in the reader costs the lineage, not the record.
func (x *reading) parse(o sqllineage.Options) (result *sqllineage.Result) {
	defer func() {
		if fault := recover(); fault != nil {
			x.o.Logger.Error("reading SQL panicked", "bytes", len(x.sql), "dialect", o.Dialect.String(), "stack", string(debug.Stack()))
			x.troubles.add("not derived: the reader of SQL met a fault of its own")
			result = nil
		}
	}()
	return x.o.parse(x.sql, o)
}

// dialect is what the operation's parameters say, {"dialect": "bigquery"}, or
// the one that is set.
func (x *reading) dialect() sqllineage.Dialect {
	text := x.r.Values[operation.parameters].Text()
	if !strings.Contains(text, `"dialect"`) {
		return x.o.Dialect
	}
	var parameters struct {
		Dialect any `json:"dialect"`
	}
	name, isText := "", false
	if json.Unmarshal([]byte(text), &parameters) == nil {
		name, isText = parameters.Dialect.(string)
	}
	if !isText {
		return x.o.Dialect
	}
	found, ok := sqllineage.ParseDialect(name)
	if !ok {
		x.troubles.add("the dialect %s is not known; read as %s", quoted(name), x.o.Dialect)
		return x.o.Dialect
	}
	return found
}

// findBare finds the statement whose rows went to the output table that the
// client names: the last SELECT without a target, where the SQL itself does not
// write that table.
func (x *reading) findBare() {
	if x.output == nil || x.writesOutput() {
		return
	}
	for i := range x.result.Statements {
		if s := &x.result.Statements[i]; len(s.Targets) == 0 && len(s.Columns) > 0 {
			x.bare = i
		}
	}
}

// writesOutput says that the SQL writes the table that the client names.
func (x *reading) writesOutput() bool {
	for _, t := range x.result.Targets {
		if x.isOutput(t) {
			return true
		}
	}
	return false
}

func (x *reading) isOutput(t sqllineage.Table) bool {
	target := x.names.resolve(t, writes)
	return target.path == x.output.path && isSame(daybook.TableParts(x.output.text), partsOfNode(target))
}

func partsOfNode(n *named) []string {
	if n.path || n.node.Schema == "" {
		return []string{n.node.Name}
	}
	return append(strings.Split(n.node.Schema, "."), n.node.Name)
}

// compare holds what the client says against what the SQL says.
func (x *reading) compare() {
	if len(x.names.inputs) > 0 {
		var missing []string
		for _, source := range x.inputs() {
			if !x.isInput(source) && !x.isPassing(source) {
				missing = append(missing, source.text)
			}
		}
		if len(missing) > 0 {
			x.troubles.add("the SQL reads %s, which input_tables leaves out", some(missing))
		}
	}
	if x.output != nil && len(x.result.Targets) > 0 && !x.writesOutput() {
		var targets []string
		for _, t := range x.result.Targets {
			targets = append(targets, x.names.resolve(t, writes).text)
		}
		x.troubles.add("the SQL writes %s, and output_table says %s", some(targets), clip(x.output.text))
	}
}

// isPassing says that a table is one that the session has made to pass away:
// who names what it was made from has named enough.
func (x *reading) isPassing(source *named) bool {
	return slices.ContainsFunc(x.result.Before, func(h sqllineage.Held) bool { return x.names.resolve(h.Table, reads) == source })
}

func (x *reading) isInput(source *named) bool {
	parts := partsOfNode(source)
	for _, c := range x.names.inputs[lastOf(parts)] {
		if isSame(c.parts, parts) {
			return true
		}
	}
	return false
}

// sessionTables are the source_tables of the operation's session.
func (x *reading) sessionTables() candidates {
	return candidatesOf(x.tablesOfSession(x.r.Values[operation.session].Text(), x.r.Business()))
}

// tell puts what was not understood on the operation.
func (x *reading) tell() {
	if len(x.names.ambiguous) > 0 {
		x.troubles.add("%s could be one of several tables that are named; the first was taken", some(unique(x.names.ambiguous)))
	}
	for _, text := range x.troubles.list() {
		warn(x.r, text)
	}
}
