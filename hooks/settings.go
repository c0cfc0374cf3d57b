package hooks

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
)

// Path is where the server takes the events of Claude Code's hooks.
const Path = "/v1/hooks/claude-code"

// Settings say what a team's settings of Claude Code should hold.
type Settings struct {
	Server    string // the server's URL
	Agent     string // recorded as agent_position; "" for DefaultAgent
	Business  string // "" for the token's
	WithToken bool   // the server asks for tokens: the hooks show that in $DAYBOOK_TOKEN
}

// settingsTimeout is how long a hook may hold the agent up, in seconds. What is
// slower is given up, and the agent goes on.
const settingsTimeout = 5

// hookEvents are the events to send, with whether they have a matcher, in the order
// in which they are printed. SessionStart is not among them: Claude Code gives
// it to commands alone.
var hookEvents = []struct {
	name    string
	matcher string
}{
	{"UserPromptSubmit", ""},
	{"PreToolUse", "*"},
	{"PermissionRequest", "*"},
	{"PermissionDenied", "*"},
	{"PostToolUse", "*"},
	{"PostToolUseFailure", "*"},
	{"SubagentStart", ""},
	{"SubagentStop", ""},
	{"Stop", ""},
	{"StopFailure", ""},
	{"SessionEnd", ""},
}

type hook struct {
	Type    string            `json:"type"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers,omitempty"`
	EnvVars []string          `json:"allowedEnvVars,omitempty"`
	Timeout int               `json:"timeout"`
}

type matched struct {
	Matcher string `json:"matcher,omitempty"`
	Hooks   []hook `json:"hooks"`
}

// JSON gives the settings to put into .claude/settings.json, or to merge with
// the hooks that stand there.
func (s Settings) JSON() ([]byte, error) {
	h := hook{Type: "http", URL: s.url(), Timeout: settingsTimeout}
	if s.WithToken {
		h.Headers, h.EnvVars = map[string]string{"Authorization": "Bearer $DAYBOOK_TOKEN"}, []string{"DAYBOOK_TOKEN"}
	}
	all := map[string][]matched{}
	for _, e := range hookEvents {
		all[e.name] = []matched{{Matcher: e.matcher, Hooks: []hook{h}}}
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // people read the URL
	encoder.SetIndent("", "  ")
	err := encoder.Encode(map[string]any{"hooks": all})
	return bytes.TrimSpace(b.Bytes()), err
}

func (s Settings) url() string {
	q := url.Values{}
	if s.Agent != "" && s.Agent != DefaultAgent {
		q.Set("agent", s.Agent)
	}
	if s.Business != "" {
		q.Set("business", s.Business)
	}
	at := strings.TrimRight(s.Server, "/") + Path
	if len(q) > 0 {
		at += "?" + q.Encode()
	}
	return at
}
