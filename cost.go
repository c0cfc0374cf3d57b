package daybook

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"
)

// CostQuery asks what agents spent. It counts the current state of every
// conversation, MCP call, and action that has a cost, once each: of a call that
// an agent logged both as an action and as an MCP call, the latter.
type CostQuery struct {
	By       []string  // of CostDimensions, the outermost first; nil for the total alone
	Since    time.Time // begun at or after; zero for all
	Until    time.Time // begun before; zero for all
	Business string    // "" for all, or for the one that the principal is bound to
	Limit    int       // groups at the most; 0 for DefaultCostGroups
}

// The groups that one answer shows.
const (
	DefaultCostGroups = 1_000
	MaxCostGroups     = 10_000
)

// What costs can be told apart by.
const (
	CostByAgent    = "agent"    // agent_position
	CostByProvider = "provider" // model_provider of conversations
	CostByModel    = "model"    // model_name of conversations, else model_version
	CostByBusiness = "business" // business_id
	CostByDay      = "day"      // the UTC day of started_at, or of called_at
	CostByServer   = "server"   // server_name of MCP calls
	CostByKind     = "kind"     // conversations, mcp_usage_logs or action_logs
)

// CostDimensions lists them. The slice is shared: do not change it.
func CostDimensions() []string { return costDimensions }

var costDimensions = []string{CostByAgent, CostByModel, CostByProvider, CostByBusiness, CostByDay, CostByServer, CostByKind}

// CheckCostBy refuses what costs cannot be told apart by, and what comes twice.
func CheckCostBy(by []string) error {
	for i, name := range by {
		if !slices.Contains(costDimensions, name) {
			e := Invalidf("/by", "costs cannot be told apart by %q", Clip(name))
			e.Hint = HintNear(name, costDimensions, "use "+strings.Join(costDimensions, ", ")+", or several of them with commas between")
			return e
		}
		if slices.Contains(by[:i], name) {
			return Invalidf("/by", "%s is given twice", name)
		}
	}
	return nil
}

// Cost is the answer: a group for each combination of values that occurs, and
// the total of all. By day first they stand in the order of the days; else the
// dearest first.
type Cost struct {
	By     []string    `json:"by"`
	Groups []CostGroup `json:"groups"`
	Left   int         `json:"left_out"` // groups that are beyond the limit; the total has them
	Total  Spent       `json:"total"`
}

// CostGroup is what was spent by one combination of values. Those that were
// not asked for, and those that the entries do not have (MCP calls have no
// model), are "".
type CostGroup struct {
	Agent    string `json:"agent,omitempty"`
	Model    string `json:"model,omitempty"`
	Provider string `json:"provider,omitempty"`
	Business string `json:"business,omitempty"`
	Day      string `json:"day,omitempty"` // as 2026-01-31
	Server   string `json:"server,omitempty"`
	Kind     string `json:"kind,omitempty"`
	Spent
}

// Of gives the value of a dimension.
func (g *CostGroup) Of(dimension string) string {
	if at := g.at(dimension); at != nil {
		return *at
	}
	return ""
}

// Set sets the value of a dimension.
func (g *CostGroup) Set(dimension, value string) {
	if at := g.at(dimension); at != nil {
		*at = value
	}
}

func (g *CostGroup) at(dimension string) *string {
	switch dimension {
	case CostByAgent:
		return &g.Agent
	case CostByModel:
		return &g.Model
	case CostByProvider:
		return &g.Provider
	case CostByBusiness:
		return &g.Business
	case CostByDay:
		return &g.Day
	case CostByServer:
		return &g.Server
	case CostByKind:
		return &g.Kind
	}
	return nil
}

// Spent is what some calls took.
type Spent struct {
	Calls            int64   `json:"calls"`              // conversations, MCP calls, and actions with a cost
	InputTokens      int64   `json:"input_tokens"`       // of conversations, cached ones included
	OutputTokens     int64   `json:"output_tokens"`      // of conversations, reasoning included
	CacheReadTokens  int64   `json:"cache_read_tokens"`  // of the input
	CacheWriteTokens int64   `json:"cache_write_tokens"` // of the input
	ReasoningTokens  int64   `json:"reasoning_tokens"`   // of the output
	ToolTokens       int64   `json:"tool_tokens"`        // tokens_used of MCP calls, which do not say of which model or which way
	CostUSD          float64 `json:"cost_usd"`
	ComputedUSD      float64 `json:"computed_usd"`   // of it, from a price table: the entries have a price_source
	GivenUSD         float64 `json:"given_usd"`      // of it, as clients said
	ComputedCalls    int64   `json:"computed_calls"` // calls with a computed cost
	GivenCalls       int64   `json:"given_calls"`    // calls with a cost that a client gave
	UnknownCalls     int64   `json:"unknown_calls"`  // calls that took tokens and have no cost
}

// Add adds what others took. Counts that no integer holds stay at the greatest.
func (s *Spent) Add(o *Spent) {
	counts, more := s.counts(), o.counts()
	for i, n := range counts {
		if *n += *more[i]; *n < 0 {
			*n = math.MaxInt64
		}
	}
	s.CostUSD = finite(s.CostUSD + o.CostUSD)
	s.ComputedUSD = finite(s.ComputedUSD + o.ComputedUSD)
	s.GivenUSD = finite(s.GivenUSD + o.GivenUSD)
}

func (s *Spent) counts() [10]*int64 {
	return [...]*int64{
		&s.Calls, &s.InputTokens, &s.OutputTokens, &s.CacheReadTokens, &s.CacheWriteTokens, &s.ReasoningTokens, &s.ToolTokens,
		&s.ComputedCalls, &s.GivenCalls, &s.UnknownCalls,
	}
}

// Coster answers what was spent. It is a second promise beside [Reader]: who
// reads a ledger may not add it up.
type Coster interface {
	Cost(ctx context.Context, p Principal, q CostQuery) (*Cost, error)
}
