package proxy

import (
	"slices"
	"strconv"
	"strings"
)

// maxSummary is how many bytes of a text a summary has.
const maxSummary = 500

// The requests that are recorded in a way of their own.
const (
	methodCall   = "tools/call"
	methodElicit = "elicitation/create"
	methodSample = "sampling/createMessage"
)

// outcome reads the answer to a call.
func (p *Proxy) outcome(c *call, m *node) outcome {
	if problem := m.get("error"); problem != nil {
		return outcome{failed: true, problem: p.problem(problem)}
	}
	result := m.get("result")
	if result == nil {
		return outcome{failed: true, problem: "the answer has neither a result nor an error"}
	}
	switch c.method {
	case methodCall:
		return p.toolResult(result)
	case methodElicit:
		return answered(result)
	}
	return outcome{summary: p.summary(c.method, result)}
}

// problem is the text of a JSON-RPC error.
func (p *Proxy) problem(n *node) string {
	text := "an error without a message"
	if message := n.get("message"); message.is('"') && message.text != "" {
		text = p.render.brief(message, shownText)
	}
	if code := n.get("code"); code.is('0') {
		text += " (code " + clip(code.text, 20) + ")"
	}
	return text
}

// toolResult is what came of a tool. A result that says of itself that it is an
// error is a failure, though the protocol calls it a result.
func (p *Proxy) toolResult(result *node) outcome {
	summary, first := p.contents(result)
	if !result.get("isError").is('t') {
		return outcome{summary: strings.TrimSpace(summary + "\n" + first)}
	}
	if first == "" {
		first = "the tool says that it failed, and not why"
	}
	return outcome{failed: true, problem: first, summary: summary}
}

// contents counts the blocks of a result, and gives the first text.
func (p *Proxy) contents(result *node) (summary, first string) {
	var parts []string
	content := result.get("content")
	var types []string
	counts := map[string]int{}
	content.each(func(block *node) {
		name := blockType(block)
		if counts[name]++; counts[name] == 1 {
			types = append(types, name)
		}
		if text := block.get("text"); first == "" && text.is('"') {
			first = p.render.brief(text, maxSummary)
		}
	})
	for _, name := range types {
		parts = append(parts, strconv.Itoa(counts[name])+" "+name)
	}
	if content.is('[') && content.lost > 0 {
		parts = append(parts, strconv.Itoa(content.lost)+" more")
	}
	summary = strings.Join(parts, ", ")
	if structured := result.get("structuredContent"); structured != nil {
		if names := structured.names(); len(names) > 0 {
			summary = join(summary, "structured: "+clip(p.render.redacted(strings.Join(names, ", ")), maxSummary))
		} else {
			summary = join(summary, "structured")
		}
	}
	if summary == "" {
		summary = "no content"
	}
	return summary, first
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

// blockType names a block of content by its type, and by its media type where
// that says more.
func blockType(block *node) string {
	name := clip(block.get("type").str(), 40)
	if name == "" {
		name = "unknown"
	}
	if media := clip(block.get("mimeType").str(), 80); media != "" {
		name += " (" + media + ")"
	}
	return name
}

// summary says what came of a request that is no call of a tool.
func (p *Proxy) summary(method string, result *node) string {
	switch method {
	case "initialize", "server/discover":
		server := partyOf(result.get("serverInfo"))
		if server.name == "" {
			server = partyOf(result.get("_meta").get("io.modelcontextprotocol/serverInfo"))
		}
		version := clip(result.get("protocolVersion").str(), 40)
		return strings.TrimSpace(clip(server.name, maxName) + " " + clip(server.version, maxName) + ", protocol " + version)
	case "resources/read":
		return p.resources(result.get("contents"))
	case "prompts/get":
		messages := result.get("messages")
		if !messages.is('[') {
			return "no messages"
		}
		return count(len(messages.items)+messages.lost, "message")
	case "completion/complete":
		values := result.get("completion", "values")
		if !values.is('[') {
			return "no values"
		}
		return count(len(values.items)+values.lost, "value")
	case methodSample:
		return p.sampled(result)
	}
	names := result.names()
	slices.Sort(names)
	return clip(p.render.redacted(strings.Join(names, ", ")), maxSummary)
}

// resources says how much was read, and not what: it is data.
func (p *Proxy) resources(contents *node) string {
	if !contents.is('[') {
		return "no contents"
	}
	parts := []string{count(len(contents.items)+contents.lost, "content")}
	for i, n := range contents.items {
		if i == 5 {
			break
		}
		size := 0
		for _, name := range []string{"text", "blob"} {
			if body := n.get(name); body != nil {
				size += body.size
			}
		}
		parts = append(parts, strings.TrimSpace(clip(n.get("mimeType").str(), 80)+" "+strconv.Itoa(size)+" bytes"))
	}
	return strings.Join(parts, ", ")
}

// sampled says what a model answered a server through the client.
func (p *Proxy) sampled(result *node) string {
	summary := "model " + named(result.get("model"))
	if reason := result.get("stopReason").str(); reason != "" {
		summary += ", " + clip(reason, 80)
	}
	if text := result.get("content", "text"); text.is('"') {
		summary += "\n" + p.render.brief(text, maxSummary)
	}
	return summary
}

// sampling writes what a server asks of the client's model: how much of it, and
// how the last message begins.
func (p *Proxy) sampling(dst []byte, params *node) []byte {
	messages := params.get("messages")
	if messages.is('[') {
		dst = append(dst, `,"messages":`...)
		dst = strconv.AppendInt(dst, int64(len(messages.items)+messages.lost), 10)
		if last := len(messages.items) - 1; last >= 0 {
			if text := messages.items[last].get("content", "text"); text.is('"') {
				dst = quote(append(dst, `,"prompt":`...), p.render.brief(text, maxSummary))
			}
		}
	}
	for _, name := range []string{"maxTokens", "temperature", "modelPreferences", "includeContext"} {
		if n := params.get(name); n != nil {
			dst = append(quote(append(dst, ','), name), ':')
			dst = p.render.appendNode(dst, n)
		}
	}
	return dst
}
