package proxy

import (
	"strings"

	"github.com/daybook-audit/daybook"
)

// human is whom a server asks by an elicitation.
const human = "HUMAN"

// escalation is the record of a server that asks the user. What it is going to
// be told is not recorded, only which fields it asks for.
func (l *link) escalation(c *call, params *node) daybook.EscalationLog {
	conversation, _ := l.within(params)
	message := params.get("message")
	description := l.text(message, maxText)
	if names := params.get("requestedSchema", "properties").names(); len(names) > 0 {
		description += "\nasks for: " + l.proxy.render.redacted(strings.Join(names, ", "))
	}
	if url := params.get("url"); url.is('"') {
		description += "\nsends the user to: " + l.proxy.render.brief(url, maxName)
	}
	line, _, _ := strings.Cut(strings.TrimSpace(l.text(message, 200)), "\n")
	if line == "" {
		line = "a question without words"
	}
	return daybook.EscalationLog{
		EscalationID: c.id, BusinessID: l.proxy.o.Business, SourceAgent: l.agent(), SourceConversationID: conversation,
		EscalationType: escalationType(params), Urgency: "normal", Subject: l.proxy.o.Name + ": " + line,
		Description: description, Target: human, EscalatedAt: c.began,
	}
}

func (l *link) text(n *node, most int) string {
	if !n.is('"') {
		return ""
	}
	return l.proxy.render.brief(n, most)
}

// escalationType tells a question from an approval: who only may say yes or no,
// or is sent to a page to consent, approves.
func escalationType(params *node) string {
	properties := params.get("requestedSchema", "properties")
	if params.get("mode").str() == "url" || !properties.is('{') || properties.lost > 0 {
		return approval(params.get("mode").str() == "url")
	}
	for _, item := range properties.items {
		if item.get("type").str() != "boolean" {
			return approval(false)
		}
	}
	return approval(true)
}

func approval(is bool) string {
	if is {
		return "greenlight"
	}
	return "question"
}

// answered is the outcome of an escalation.
func answered(result *node) outcome {
	resolution := clip(result.get("action").str(), maxName)
	if resolution == "" {
		resolution = "answered"
	}
	if names := result.get("content").names(); len(names) > 0 {
		resolution += " (gave: " + strings.Join(names, ", ") + ")"
	}
	return outcome{resolution: resolution}
}
