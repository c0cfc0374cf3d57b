package intake

import (
	"cmp"
	"context"
	"log/slog"
	"runtime"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqllineage"
)

// ExtractorVersion stands on every edge that is derived from SQL.
const ExtractorVersion = "sqllineage/" + sqllineage.Version

// DefaultMaxEdges is how many edges follow from one operation where
// [Derivation] sets no other bound.
const DefaultMaxEdges = 2_000

// What one call may have derived. What is beyond is recorded without lineage,
// and a warning.
const (
	callEdges   = 50_000          // of all its operations, which one transaction writes
	callTime    = 5 * time.Second // for reading SQL
	callLookUps = 2_000           // of tables and sessions in the store
)

// gateTime is how long an operation waits while other SQL is being read.
const gateTime = 250 * time.Millisecond

// Derivation says how lineage is derived from the SQL of operations.
type Derivation struct {
	// Dialect is that of SQL whose operation names none in its parameters.
	Dialect sqllineage.Dialect
	// Known remembers what columns tables have; nil remembers those of some
	// thousand tables in memory.
	Known daybook.KnownColumns
	// Entries is where sessions and artifacts are looked up; nil for nowhere.
	Entries Entries
	// MaxEdges bounds the edges of one operation; 0 for DefaultMaxEdges. Of one
	// that has more only the edges between tables are kept.
	MaxEdges int
	// Limits bound what reading one SQL text may cost.
	Limits sqllineage.Limits
	// Logger is told what went wrong on our side; nil for slog's default.
	Logger *slog.Logger

	parse    func(string, sqllineage.Options) *sqllineage.Result // sqllineage.Parse, but in tests
	gateTime time.Duration                                       // gateTime, but in tests
	pastTime time.Duration                                       // pastTime, but in tests
}

// Entries is the part of a store in which entries are looked up.
type Entries interface {
	Select(ctx context.Context, q daybook.Query) ([]*daybook.Entry, error)
}

// Deriver derives the lineage of operations from their SQL. It may be used by
// several goroutines.
type Deriver struct {
	o    Derivation
	gate chan struct{} // as many texts are read at a time as there are processors
	past *pasts

	shared  bool // other servers write to the same sessions
	metrics *metrics
}

// NewDeriver makes a deriver.
func NewDeriver(o Derivation) *Deriver {
	if o.Known == nil {
		o.Known = NewMemory(memoryTables)
	}
	if o.MaxEdges <= 0 {
		o.MaxEdges = DefaultMaxEdges
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.parse == nil {
		o.parse = sqllineage.Parse
	}
	o.gateTime, o.pastTime = cmp.Or(o.gateTime, gateTime), cmp.Or(o.pastTime, pastTime)
	_, shared := o.Entries.(daybook.Leaser)
	return &Deriver{o: o, shared: shared, gate: make(chan struct{}, runtime.GOMAXPROCS(0)), past: newPasts(), metrics: newMetrics()}
}

// Deriving gives the intake a last stage: what follows from the SQL of
// operations is filled in and added. It looks at records that have passed all
// others, and refuses none.
func (in *Intake) Deriving(d *Deriver) *Intake {
	with := *in
	with.deriver = d
	return &with
}

// Derive fills in what a SQL operation leaves out of what it reads and writes,
// puts what was not understood into its warnings, and the edges that follow
// from it into its Derived. Records of other kinds, and operations whose
// transformation_type is not SQL, stay as they are. The record must have passed
// the other stages.
func (d *Deriver) Derive(ctx context.Context, r *daybook.Record) {
	if isSQL(r) {
		d.begin(ctx, nil).operation(r)
	}
}

// derivation is what is known while the records of one call are looked at.
type derivation struct {
	*Deriver
	ctx     context.Context
	records []daybook.Record // of the call
	at      int              // which of them is looked at
	edges   int              // that it may still add
	lookUps int              // that it may still make
	time    time.Duration    // that it may still take
	tables  map[tableKey]*learned
	session map[string][]string // source tables, by id
	unread  map[int]bool        // the records whose SQL was not wholly understood
	pasts   map[pastKey]*past   // as the records before have left it
	opened  []openedSession
	steps   []*pastStep
}

func (d *Deriver) begin(ctx context.Context, records []daybook.Record) *derivation {
	return &derivation{
		Deriver: d, ctx: ctx, records: records, edges: callEdges, lookUps: callLookUps, time: callTime,
		tables: map[tableKey]*learned{}, session: map[string][]string{}, pasts: map[pastKey]*past{},
	}
}

// deriveAll looks at the records of a call, and gives what is to be learned of
// them once they are written; nil where there is nothing to derive from.
func (d *Deriver) deriveAll(ctx context.Context, records []daybook.Record) *derivation {
	var run *derivation
	for i := range records {
		r := &records[i]
		if !isSQL(r) && !tellsColumns(r) && !opensSession(r) {
			continue
		}
		if run == nil {
			run = d.begin(ctx, records)
		}
		run.at = i
		switch r.Kind {
		case operation.kind:
			run.operation(r)
		case sessionKind:
			run.opens(r)
		default:
			run.artifact(r)
		}
	}
	return run
}
