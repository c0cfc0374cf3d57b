package daybook_test

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
)

const pythonHead = `"""The kinds and their columns, as Daybook declares them.

Generated from the catalog; do not edit. Write it anew with:
go test . -run Catalog -update
"""

`

// The Python client checks records before they are written to its spool, by
// this catalog and no other.
func TestCatalogOfPythonIsUpToDate(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	b.WriteString(pythonHead)
	fmt.Fprintf(&b, "MAX_NAME = %d\nMAX_LONG = %d\nPREVIEW_LENGTH = %d\n\nKINDS = {\n", daybook.MaxName, daybook.MaxLong, daybook.PreviewLength)
	for _, k := range daybook.Kinds() {
		pythonKind(&b, k)
	}
	b.WriteString("}\n")
	golden(t, "python/src/daybook/_catalog_data.py", b.Bytes())
}

func pythonKind(b *bytes.Buffer, k *daybook.Kind) {
	fmt.Fprintf(b, "    %q: {\n", k.Name)
	setting := func(name, value string) { fmt.Fprintf(b, "        %q: %s,\n", name, value) }
	setting("subject", strconv.Quote(k.Subject().Name))
	setting("time", strconv.Quote(k.Time().Name))
	if a := k.Agent(); a != nil {
		setting("agent", strconv.Quote(a.Name))
	}
	b.WriteString("        \"columns\": {\n")
	for i := range k.Columns {
		c := &k.Columns[i]
		fmt.Fprintf(b, "            %q: {\"type\": %q%s, \"doc\": %q},\n", c.Name, c.Type, pythonSettings(c), k.ColumnDoc(c.Name))
	}
	b.WriteString("        },\n    },\n")
}

// pythonSettings tells of a column what a client can hold a value against.
func pythonSettings(c *daybook.Column) string {
	var b bytes.Buffer
	for _, flag := range []struct {
		name string
		is   bool
	}{
		{"envelope", c.Envelope},
		{"required", c.Required},
		{"serial", c.Serial},
		{"long", c.Long},
		{"preview", c.Preview},
	} {
		if flag.is {
			fmt.Fprintf(&b, ", %q: True", flag.name)
		}
	}
	for _, bound := range []struct {
		name string
		at   *float64
	}{{"min", c.Min}, {"max", c.Max}} {
		if bound.at != nil {
			fmt.Fprintf(&b, ", %q: %g", bound.name, *bound.at)
		}
	}
	for _, list := range []struct {
		name  string
		words []string
	}{{"closed", c.Closed}, {"known", c.Known}} {
		if list.words != nil {
			fmt.Fprintf(&b, ", %q: %s", list.name, pythonTuple(list.words))
		}
	}
	if c.Amend != daybook.RuleNone {
		fmt.Fprintf(&b, ", \"amend\": %q", c.Amend)
	}
	if c.After != "" {
		fmt.Fprintf(&b, ", \"after\": %q", c.After)
	}
	return b.String()
}

func pythonTuple(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = strconv.Quote(w)
	}
	if len(words) == 1 {
		return "(" + quoted[0] + ",)"
	}
	return "(" + strings.Join(quoted, ", ") + ")"
}

// pythonFields are the columns that methods of the Python client take as
// keyword arguments: those of a kind, but for what the method itself takes or
// the lifecycle fills in.
var pythonFields = []struct{ class, kind, without string }{
	{"SessionFields", "transformation_session", "agent_id purpose status completed_at error_message operations_count outputs_count"},
	{"OperationFields", "transformation_operation", "id operation_type session_id pattern_id"},
	{"OutputFields", "output_artifact", "artifact_type artifact_name session_id is_current superseded_by_id"},
	{"EdgeFields", "lineage_edge", "id relationship_type session_id is_current invalidated_at " +
		"source_type source_schema source_name source_column target_type target_schema target_name target_column"},
	{"IngestFields", "ingest_run", "job_type agent_id status completed_at error_message records_fetched records_inserted records_updated records_failed"},
	{"ConversationFields", "conversations", "agent_position ended_at duration_seconds status error_message"},
	{"ThinkingFields", "thinking_logs", "agent_position thinking_content"},
	{"DecisionFields", "decision_logs", "agent_position decision_summary chosen_option rationale human_reviewed human_reviewer human_review_at human_override"},
	{"ActionFields", "action_logs", "agent_position action_type action_target"},
	{"EscalationFields", "escalation_logs", "source_agent subject acknowledged_at resolved_at resolution resolved_by sla_met"},
	{"UsageFields", "mcp_usage_logs", "agent_position server_name tool_name parameters"},
}

const pythonFieldsHead = `"""The columns that calls take as keyword arguments, for type checkers.

Generated from the catalog; do not edit. Write it anew with:
go test . -run Catalog -update
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from os import PathLike
from typing import Any, Iterable, Mapping, Optional, TypedDict, Union
from uuid import UUID

Text = Union[str, Enum, UUID, "PathLike[str]", None]
Texts = Union[str, Iterable[str], None]
Options = Optional[Iterable[Union[str, Mapping[str, Any]]]]
Day = Union[date, str, None]
Time = Union[datetime, date, str, None]
Float = Union[float, Decimal, None]
`

var pythonTypes = map[daybook.Type]string{
	daybook.TypeText: "Text", daybook.TypeUUID: "Union[UUID, str, None]", daybook.TypeInt: "Optional[int]", daybook.TypeFloat: "Float",
	daybook.TypeBool: "Optional[bool]", daybook.TypeTime: "Time", daybook.TypeDate: "Day", daybook.TypeJSON: "Any",
	daybook.TypeTexts: "Texts", daybook.TypeOptions: "Options",
}

func TestCatalogOfPythonFieldsIsUpToDate(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	b.WriteString(pythonFieldsHead)
	for _, f := range pythonFields {
		k := daybook.MustKind(f.kind)
		without := strings.Fields(f.without)
		for _, name := range without {
			if _, ok := k.Column(name); !ok {
				t.Errorf("%s has no %s", f.kind, name)
			}
		}
		fmt.Fprintf(&b, "\n\nclass %s(TypedDict, total=False):\n    \"\"\"Columns of %s.\"\"\"\n\n", f.class, f.kind)
		for i := range k.Columns {
			c := &k.Columns[i]
			if !c.Envelope && !slices.Contains(without, c.Name) {
				fmt.Fprintf(&b, "    %s: %s\n", c.Name, pythonTypes[c.Type])
			}
		}
	}
	golden(t, "python/src/daybook/_fields.py", b.Bytes())
}
