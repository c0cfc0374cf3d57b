package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

// A warehouse is a graph of column edges in layers: each column comes from
// fanIn columns of the layer before, at random, so that upstream every walk
// grows by the same, and downstream some columns have many dependents and
// others none.
type warehouse struct {
	layers, tables, columns int // of each layer, of each table
	random                  *rand.Rand
}

const fanIn = 3

// warehouseOf gives a warehouse of so many edges, at the least 300.
func warehouseOf(edges int) warehouse {
	w := warehouse{layers: 10, columns: 10, random: rand.New(rand.NewPCG(1, 2))}
	w.tables = max(1, edges/fanIn/(w.layers*w.columns))
	return w
}

// edges is how many edges there are.
func (w warehouse) edges() int { return w.layers * w.tables * w.columns * fanIn }

// column gives one of a layer's columns at random.
func (w warehouse) column(layer int) daybook.Node {
	return w.at(layer, w.random.IntN(w.tables*w.columns))
}

func (w warehouse) at(layer, i int) daybook.Node {
	return daybook.Node{
		Schema: fmt.Sprintf("layer%d", layer), Name: fmt.Sprintf("table_%d", layer*w.tables+i/w.columns), Column: fmt.Sprintf("column_%d", i%w.columns),
	}
}

// fill appends the edges to an empty store, in batches. It goes past intake
// and ledger, and makes no tree: what is measured is walking.
func (w warehouse) fill(ctx context.Context, store daybook.Store) error {
	var batch []*daybook.Entry
	seq := int64(0)
	for layer := 1; layer <= w.layers; layer++ { // layer 0 comes from nowhere
		for i := range w.tables * w.columns {
			for range fanIn {
				e, err := w.edge(seq, w.column(layer-1), w.at(layer, i))
				if err != nil {
					return err
				}
				seq++
				batch = append(batch, e)
			}
			if len(batch) < 10*batchSize && seq < int64(w.edges()) {
				continue
			}
			if err := appendBatch(ctx, store, seq, batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	return nil
}

func appendBatch(ctx context.Context, store daybook.Store, size int64, batch []*daybook.Entry) error {
	return store.Append(ctx, func(daybook.View) (*daybook.Batch, error) {
		return &daybook.Batch{Entries: batch, Head: daybook.Head{Size: size, LoggedAt: batch[len(batch)-1].LoggedAt()}}, nil
	})
}

func (w warehouse) edge(seq int64, from, to daybook.Node) (*daybook.Entry, error) {
	at := time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC).Add(time.Duration(seq) * time.Second)
	r, err := daybook.RecordOf(daybook.LineageEdge{
		BusinessID: "default", SourceType: "COLUMN", SourceSchema: from.Schema, SourceName: from.Name, SourceColumn: from.Column,
		TargetType: "COLUMN", TargetSchema: to.Schema, TargetName: to.Name, TargetColumn: to.Column,
		RelationshipType: "TRANSFORMS", Origin: "PARSED", IsCurrent: new(true), CreatedAt: at,
	})
	if err != nil {
		return nil, err
	}
	r.Set(r.Kind.Subject().Name, daybook.IntValue(seq))
	e := &daybook.Entry{Kind: r.Kind, Seq: seq, Values: r.Values}
	e.Seal(daybook.Envelope{
		LogID: uuid.Must(uuid.NewV7()).String(), LoggedAt: canon.FormatTime(at), Principal: "bench",
		RetainUntil: daybook.Forever, Salt: "000102030405060708090a0b0c0d0e0f", Revision: 1,
	})
	return e, nil
}
