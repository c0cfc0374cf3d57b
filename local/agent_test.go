package local_test

import (
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/local"
)

// TestAWriterOfOneAgent writes as an agent that it is bound to, and as no
// other, whatever a kind calls its agents.
func TestAWriterOfOneAgent(t *testing.T) {
	t.Parallel()
	l := open(t, temp(t), local.Options{})
	own := daybook.Principal{Name: "etl", Role: daybook.RoleWriter, Agent: "etl_agent"}
	say := func(p daybook.Principal, kind, fields string) (daybook.Receipt, error) {
		r := must[daybook.Record](t)(daybook.NewDecoder(strings.NewReader(fields), daybook.MustKind(kind)).Next())
		receipts, err := l.Recorder.Record(t.Context(), p, []daybook.Record{r})
		if err != nil {
			return daybook.Receipt{}, err
		}
		return receipts[0], nil
	}
	local := func(kind, fields string) string { return must[daybook.Receipt](t)(say(daybook.Local, kind, fields)).ID }
	mine := local("transformation_session", `{"agent_id": "etl_agent"}`)
	theirs := local("transformation_session", `{"agent_id": "other"}`)
	theirEdge := local("lineage_edge", edgeFields(theirs))
	looseEdge := local("lineage_edge", edgeFields(""))
	local("decision_logs", `{"agent_position": "other", "decision_id": "d"}`)
	local("escalation_logs", `{"source_agent": "other", "escalation_id": "to-me", "target": "etl_agent"}`)
	local("escalation_logs", `{"source_agent": "other", "escalation_id": "to-them", "target": "CEO"}`)
	ownEdge := must[daybook.Receipt](t)(say(own, "lineage_edge", edgeFields(mine))).ID
	ownLoose := must[daybook.Receipt](t)(say(own, "lineage_edge", strings.Replace(edgeFields(""), "silver", "elsewhere", 1))).ID

	for _, c := range []struct {
		kind, fields, path string // path is that of the refusal; "" for none
	}{
		{"conversations", `{}`, ""},
		{"conversations", `{"agent_position": "etl_agent"}`, ""},
		{"conversations", `{"agent_position": "other"}`, "/0/agent_position"},
		{"transformation_session", `{"agent_id": "other"}`, "/0/agent_id"},
		{"escalation_logs", `{"source_agent": "other"}`, "/0/source_agent"},
		{"escalation_logs", `{"target": "other"}`, ""},
		{"ingest_run", `{"job_type": "x", "agent_id": "other"}`, "/0/agent_id"},
		{"ingest_run", `{"job_type": "x"}`, ""},
		{"transformation_session", `{"parent_session_id": "` + theirs + `"}`, ""},
		{"transformation_operation", `{"operation_type": "JOIN", "session_id": "` + mine + `"}`, ""},
		{"transformation_operation", `{"operation_type": "JOIN", "session_id": "` + theirs + `"}`, "/0/session_id"},
		{"output_artifact", `{"artifact_type": "TABLE", "artifact_name": "a.b", "session_id": "` + theirs + `"}`, "/0/session_id"},
		{"lineage_edge", edgeFields(theirs), "/0/session_id"},
		{"lineage_edge", edgeFields(mine), ""},
		{"decision_logs", `{"amend": true, "decision_id": "d", "human_reviewed": true}`, "/0/decision_id"},
		{"escalation_logs", `{"amend": true, "escalation_id": "to-them", "resolution": "x"}`, "/0/escalation_id"},
		{"escalation_logs", `{"amend": true, "escalation_id": "to-me", "resolution": "x"}`, ""},
		{"lineage_edge", `{"amend": true, "id": ` + theirEdge + `, "is_current": false}`, "/0/id"},
		{"lineage_edge", `{"amend": true, "id": ` + looseEdge + `, "is_current": false}`, "/0/id"},
		{"lineage_edge", `{"amend": true, "id": ` + ownEdge + `, "is_current": false}`, ""},
		{"lineage_edge", `{"amend": true, "id": ` + ownLoose + `, "is_current": false}`, ""},
		{"transformation_session", `{"amend": true, "id": "` + theirs + `", "status": "FAILED"}`, "/0/id"},
		{"transformation_session", `{"amend": true, "id": "` + mine + `", "status": "COMPLETED"}`, ""},
	} {
		receipt, err := say(own, c.kind, c.fields)
		switch {
		case c.path != "":
			if daybook.CodeOf(err) != daybook.CodeForbidden || !strings.HasPrefix(err.Error(), c.path+": ") {
				t.Errorf("%s %s: %v, want a refusal at %s", c.kind, c.fields, err, c.path)
			}
		case err != nil:
			t.Errorf("%s %s: %v", c.kind, c.fields, err)
		default:
			k := daybook.MustKind(c.kind)
			e := must[*daybook.Entry](t)(l.Reader.Get(t.Context(), daybook.Local, k, receipt.ID))
			if receipt.Revision == 1 && k.Agent() != nil && e.Agent() != "etl_agent" {
				t.Errorf("%s %s is of the agent %q", c.kind, c.fields, e.Agent())
			}
		}
	}
}

// TestARepeatOfAStampedRecord: what the token adds is no other content.
func TestARepeatOfAStampedRecord(t *testing.T) {
	t.Parallel()
	l := open(t, temp(t), local.Options{})
	own := daybook.Principal{Name: "etl", Role: daybook.RoleWriter, Agent: "etl_agent", Business: "acme"}
	k := daybook.MustKind("conversations")
	for i := range 2 {
		r := must[daybook.Record](t)(daybook.NewDecoder(strings.NewReader(`{"conversation_id": "c", "log_id": "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01"}`), k).Next())
		receipts := must[[]daybook.Receipt](t)(l.Recorder.Record(t.Context(), own, []daybook.Record{r}))
		if receipts[0].Duplicate != (i == 1) || receipts[0].Seq != 0 {
			t.Errorf("%d: %+v", i, receipts[0])
		}
	}
}

func edgeFields(session string) string {
	fields := `{"source_type": "TABLE", "source_name": "bronze.a", "target_type": "TABLE", "target_name": "silver.b", "relationship_type": "DERIVES_FROM"`
	if session != "" {
		fields += `, "session_id": "` + session + `"`
	}
	return fields + "}"
}
