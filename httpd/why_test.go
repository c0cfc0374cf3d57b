package httpd_test

import (
	"strings"
	"time"

	"github.com/daybook-audit/daybook"
)

// whyOf is an answer that has one of everything.
func whyOf(q daybook.WhyQuery, entries []*daybook.Entry) *daybook.Why {
	verified := daybook.Evidence{Entry: entries[0], Summary: "decision: CMO budget reallocation", Standing: daybook.StandingVerified}
	unsigned := daybook.Evidence{Entry: entries[1], Summary: "decision: TikTok", Standing: daybook.StandingUnsigned, Fault: "it is newer than the newest checkpoint"}
	repeated := unsigned
	repeated.First = &verified
	none := []daybook.Evidence{}
	asOf := ""
	if !q.AsOf.IsZero() {
		asOf = q.AsOf.UTC().Format(time.RFC3339)
	}
	return &daybook.Why{
		Node: q.Node, AsOf: asOf,
		Hops: []daybook.WhyHop{{
			Others: []string{"0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b02"}, Table: "gold.us_corn_balance_sheet", Columns: []string{"ending_stocks"}, SessionID: "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01",
			Edges: []daybook.WhyEdge{{
				GraphEdge: daybook.GraphEdge{
					Source: "silver.observation.value", Target: q.Node, RelationshipType: "AGGREGATES", Origin: "PARSED",
					ID: 7, LogID: "00000000-0000-7000-8000-000000000007", CreatedAt: instant,
				},
				Since: instant, SeenBy: "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01", Evidence: verified,
			}},
			Artifacts: []daybook.Evidence{verified}, Operations: []daybook.Evidence{repeated}, IngestRuns: none, Validations: none,
			RowsIn: new(int64(84)), RowsOut: new(int64(3)), More: []string{"operations"},
		}},
		Sessions: []daybook.WhySession{{
			Session: verified, Tables: []string{"gold.us_corn_balance_sheet"}, ConversationID: "conv_1", Actions: none, MCPCalls: none, CostUSD: 0.25,
		}},
		Conversations: []daybook.WhyConversation{{
			ConversationID: "conv_1", Conversation: &verified, Thinking: none, Decisions: []daybook.Evidence{unsigned}, Actions: none, MCPCalls: none, Escalations: none,
		}},
		Totals:     daybook.WhyTotals{CostUSD: 0.25, Tokens: 12, Sessions: 1, Conversations: 1, Agents: []string{"CFO"}, Decisions: 1, Awaiting: 1, Reviewers: []string{}, Entries: 2, Verified: 1},
		Checkpoint: daybook.WhyCheckpoint{Origin: "daybook/test", Size: 2, Root: strings.Repeat("cd", 32)},
		Gaps:       []string{"no artifact is registered for gold.us_corn_balance_sheet"},
	}
}
