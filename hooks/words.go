package hooks

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/daybook-audit/daybook/redact"
)

// How much is kept of what a tool was given and gave, in bytes.
const (
	longestString  = 8_000
	longestInput   = 64 << 10
	longestSummary = 500
	longestError   = 4_000
)

// contents are inputs of tools that are data: of them only the size is kept.
var contents = map[string][]string{
	"Write":        {"content"},
	"Edit":         {"old_string", "new_string"},
	"MultiEdit":    {"edits"},
	"NotebookEdit": {"new_source"},
}

// input is what the tool was given, without contents of files.
func (e *event) input() any {
	var input any
	if json.Unmarshal(e.Input, &input) != nil {
		return nil
	}
	if fields, ok := input.(map[string]any); ok {
		for _, name := range contents[e.Tool] {
			if v, ok := fields[name]; ok {
				fields[name] = sizeOf(v)
			}
		}
	}
	return shorten(input)
}

func sizeOf(v any) string {
	switch v := v.(type) {
	case string:
		return fmt.Sprintf("[CUT: %d characters in %d lines]", utf8.RuneCountInString(v), strings.Count(v, "\n")+1)
	case []any:
		return fmt.Sprintf("[CUT: %d elements]", len(v))
	}
	return "[CUT: an object]"
}

// shorten puts marks in the places of long strings. They go whole: the rest of
// one that is cut in the middle might be half a secret, which nobody would see.
func shorten(v any) any {
	switch v := v.(type) {
	case string:
		if len(v) > longestString {
			return sizeOf(v)
		}
	case []any:
		for i := range v {
			v[i] = shorten(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = shorten(v[name])
		}
	}
	return v
}

// shortened is JSON of bounded size, in its canonical form; absent where there
// is none that could be kept.
func shortened(raw json.RawMessage) daybook.Value {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return daybook.Value{}
	}
	return details(shorten(v))
}

func details(v any) daybook.Value {
	text, err := json.Marshal(v)
	if err != nil {
		return daybook.Value{}
	}
	if len(text) > longestInput {
		text = fmt.Appendf(nil, `{"cut": "%d bytes"}`, len(text))
	}
	canonical, err := canon.AppendJSON(nil, text)
	if err != nil {
		canonical, err = canon.AppendJSON(nil, fmt.Appendf(nil, `{"cut": %q}`, "not kept: "+plainASCII(err.Error())))
	}
	if err != nil {
		return daybook.Value{}
	}
	return daybook.TextValue(string(canonical))
}

// plainASCII leaves nothing in a text that JSON writes in another way.
func plainASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return ' '
		}
		return r
	}, s)
}

// targets are the inputs that say what a tool works on, the first that is there.
var targets = []string{"file_path", "notebook_path", "command", "url", "path", "pattern", "query", "skill", "subagent_type", "description"}

// action is the type and the target of what a tool does.
func (e *event) action() (sort, target string) {
	sort = "tool_call"
	switch e.Tool {
	case "Write", "Edit", "MultiEdit", "NotebookEdit":
		sort = "file_write"
	case "Read", "Glob", "Grep", "LS", "NotebookRead":
		sort = "file_read"
	case "Bash", "PowerShell", "BashOutput", "KillShell":
		sort = "command"
	case "WebFetch", "WebSearch":
		sort = "web"
	case "Task", "Agent":
		sort = "subagent"
	}
	if strings.HasPrefix(e.Tool, "mcp__") {
		return "mcp_call", strings.ReplaceAll(strings.TrimPrefix(e.Tool, "mcp__"), "__", "/")
	}
	var fields map[string]any
	if json.Unmarshal(e.Input, &fields) == nil {
		for _, name := range targets {
			if s, ok := fields[name].(string); ok && s != "" {
				return sort, clip(plain(s), longestString)
			}
		}
	}
	return sort, e.Tool
}

// summary says in a few words what a tool gave: never the contents of a file
// that was read.
func summary(tool string, response json.RawMessage) string {
	var v any
	if len(response) == 0 || json.Unmarshal(response, &v) != nil {
		return ""
	}
	if tool == "Read" || tool == "NotebookRead" {
		return fmt.Sprintf("%d bytes", len(response))
	}
	return redacted(telling(v), longestSummary)
}

// tellingFields are where answers say what came of it, the first that is there.
var tellingFields = []string{"stderr", "stdout", "text", "result", "content", "message", "filePath", "file_path", "error"}

// telling is the text in an answer.
func telling(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		for _, inner := range v {
			if s := telling(inner); s != "" {
				return s
			}
		}
	case map[string]any:
		for _, name := range tellingFields {
			if s := telling(v[name]); s != "" {
				return s
			}
		}
		for _, name := range []string{"numFiles", "numLines", "code", "bytes"} {
			if n, ok := v[name].(float64); ok {
				return fmt.Sprintf("%s %v", name, n)
			}
		}
	}
	return ""
}

// redacted takes secrets out of a text before it is cut: of one that is cut in
// the middle the rest would be seen by nobody.
func redacted(s string, most int) string {
	clean, _ := redact.Default().Text(plain(strings.TrimSpace(s)))
	return clip(clean, most)
}

// clip gives the first so many bytes of a text, whole characters.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + "…"
}

// plain makes text fit for an entry.
func plain(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
