package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/daybook-audit/daybook"
)

// plot makes up writes, one after the other, without end. The same name makes
// up the same ones.
type plot struct {
	t    *testing.T
	name string
	n    int
}

// id gives a UUID that the plot's name and the words make.
func (p *plot) id(words ...any) string {
	return uuid.NewSHA1(uuid.Nil, fmt.Append(nil, append([]any{p.name, " "}, words...)...)).String()
}

// of makes a write of records in JSON, and gives each a log_id.
func (p *plot) of(records ...string) *write {
	p.t.Helper()
	w := &write{}
	d := daybook.NewDecoder(strings.NewReader(strings.Join(records, "\n")), nil)
	for {
		r, err := d.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			p.t.Fatal(err)
		}
		p.n++
		r.Set("log_id", daybook.TextValue(p.id("log", p.n)))
		w.records = append(w.records, r)
	}
	return w
}

func (p *plot) thought() string {
	p.n++
	return fmt.Sprintf(`{"kind":"thinking_logs","thinking_id":"%s-%d","conversation_id":"c","agent_position":"%s","thinking_content":"so it goes"}`, p.name, p.n, p.name)
}

func (p *plot) thoughts(n int) *write {
	list := make([]string, n)
	for i := range list {
		list[i] = p.thought()
	}
	return p.of(list...)
}

// plots are the sorts of writes that crashes are tried on. Each gives the
// writes of one round; the round makes their ids new.
var plots = map[string]func(p *plot, round int) []*write{
	"singles": func(p *plot, _ int) []*write {
		return []*write{
			p.thoughts(1),
			p.of(fmt.Sprintf(`{"kind":"action_logs","action_id":"%s","agent_position":"CFO","success":true}`, p.id("action", p.n))),
			p.of(fmt.Sprintf(`{"kind":"lineage_edge","source_type":"TABLE","target_type":"TABLE","source_schema":"a","source_name":"x%d","target_schema":"b","target_name":"%s","relationship_type":"COPIES"}`, p.n, p.name)),
		}
	},
	// Every batch fills a tile of 256, and some two.
	"tiles": func(p *plot, _ int) []*write {
		return []*write{p.thoughts(300), p.thoughts(257), p.thoughts(1)}
	},
	"amendments": func(p *plot, round int) []*write {
		c, d, e := p.id("conversation", round), p.id("decision", round), p.id("escalation", round)
		return []*write{
			p.of(`{"kind":"conversations","conversation_id":"`+c+`","agent_position":"CFO","input_tokens":1}`,
				`{"kind":"decision_logs","decision_id":"`+d+`","agent_position":"CFO","decision_summary":"hold","requires_human_review":true}`),
			// The first amendment in a batch goes by the entry before it in the same batch.
			p.of(`{"kind":"escalation_logs","escalation_id":"`+e+`","source_agent":"CFO","urgency":"high"}`,
				`{"kind":"conversations","amend":true,"conversation_id":"`+c+`","input_tokens":7}`,
				`{"kind":"conversations","amend":true,"conversation_id":"`+c+`","input_tokens":9,"cost_usd":0.5}`),
			p.of(`{"kind":"escalation_logs","amend":true,"escalation_id":"` + e + `","acknowledged_at":"2099-01-01T00:00:00Z"}`),
			p.of(`{"kind":"decision_logs","amend":true,"decision_id":"`+d+`","human_reviewed":true,"human_reviewer":"ann"}`,
				`{"kind":"conversations","amend":true,"conversation_id":"`+c+`","status":"completed"}`),
		}
	},
	// A checkin settles what the session made, in the same commit. Edges follow
	// from the operation with SQL, in the commit of that.
	"sessions": func(p *plot, round int) []*write {
		return append(sessionOf(p, round, "COMPLETED"), sessionOf(p, round, "FAILED")...)
	},
}

// derivedEdges is how many edges follow from an operation with SQL in a plot:
// of a table and of a column.
const derivedEdges = 2

func sessionOf(p *plot, round int, status string) []*write {
	id := p.id("session", status, round)
	within := func(kind, fields string) string {
		return fmt.Sprintf(`{"kind":%q,"session_id":%q,%s}`, kind, id, fields)
	}
	artifact := within("output_artifact", fmt.Sprintf(`"id":%q,"artifact_type":"TABLE","artifact_name":"gold.%s"`, p.id("artifact", id), p.name))
	edge := func(n int) string {
		return within("lineage_edge", fmt.Sprintf(`"source_type":"TABLE","target_type":"TABLE","source_schema":"silver","source_name":"s%d","target_schema":"gold","target_name":"t%s%d","relationship_type":"AGGREGATES"`,
			n, p.name, round))
	}
	sql := fmt.Sprintf(`"operation_type":"AGGREGATE","transformation_type":"SQL","transformation_logic":"INSERT INTO gold.t%s (a) SELECT s.a FROM silver.s AS s"`, strings.ReplaceAll(id, "-", ""))
	return []*write{
		p.of(fmt.Sprintf(`{"kind":"transformation_session","id":%q,"agent_id":%q,"source_tables":["silver.s"]}`, id, p.name)),
		p.of(within("transformation_operation", sql), artifact, edge(1)),
		p.of(within("transformation_operation", `"operation_type":"JOIN"`), edge(2)),
		p.of(fmt.Sprintf(`{"kind":"transformation_session","amend":true,"id":%q,"status":%q}`, id, status)),
	}
}
