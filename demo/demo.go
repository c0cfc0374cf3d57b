// Package demo plays Daybook's demo: a small real pipeline, executed by
// several agents who record what they do through the SDK, and then the
// questions that anyone may ask of such a record, the proof that it stands, and
// a forgery being caught.
//
// The data work is real (package pipeline: real figures, real SQL on SQLite,
// one real failure). What the agents say around it, their thoughts, tokens and
// costs, is scripted, since no model is called.
package demo

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/demo/pipeline"
)

// The agents.
const (
	collector   = "wasde_collector"
	transformer = "wasde_transformer"
	analyst     = "balance_analyst"
	checker     = "wasde_checker"
)

const (
	goldTable = "gold.us_corn_balance_sheet"
	newest    = "2023/24" // the market year that the release is about
)

// Record runs the pipeline in dir and records it, step by step, through c. It
// tells the story as it goes, and gives what the questions are asked about.
func Record(ctx context.Context, c *client.Client, dir string, s *Story) (*Cast, error) {
	warehouse := filepath.Join(dir, "warehouse")
	p, err := pipeline.Open(warehouse)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	r := &recording{client: c, pipeline: p, warehouse: warehouse, story: s}
	s.heading("A pipeline runs, and is written down as it runs")
	for _, act := range []func(context.Context) error{
		r.collect, r.plan, r.failToClean, r.lookAtTheTable, r.clean, r.settle, r.balance, r.check, r.decide,
	} {
		if err := act(ctx); err != nil {
			return nil, err
		}
	}
	return &r.cast, nil
}

// Cast is who and what the questions are about.
type Cast struct {
	Decision      string // the decision that waits for a human
	DecisionEntry string // its log_id
	Ending        float64
}

// recording is one run of the pipeline and the ids that link what is recorded.
type recording struct {
	client    *client.Client
	pipeline  *pipeline.Pipeline
	warehouse string
	story     *Story
	cast      Cast

	ingestRun    string
	conversation string // the transformer's
	failed       string // the session that failed
	cleaned      string // the one that mended it
	balanced     string // the one that made gold
}

// date is a day as records have it.
func date(year int, month time.Month, day int) string {
	return fmt.Sprintf("%04d-%02d-%02d", year, month, day)
}

// ms is a duration in whole milliseconds, as records have it.
func ms(d time.Duration) *int64 { return new(d.Milliseconds()) }
