package lineage

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
)

// talks adds what was said, decided and done around the sessions: actions and
// calls within them, and the conversations that led to them.
func (w *inquiry) talks(ctx context.Context) error {
	for i := range w.why.Sessions {
		s := &w.why.Sessions[i]
		cut, err := w.fill(ctx, s.Session.Entry.SubjectID(), []listing{
			{&s.Actions, "actions", actionKind, "session_id"}, {&s.MCPCalls, "mcp_calls", mcpKind, "session_id"},
		})
		if err != nil {
			return err
		}
		s.More = cut
	}
	for i := range w.why.Sessions {
		if err := w.talk(ctx, &w.why.Sessions[i]); err != nil {
			return err
		}
	}
	return nil
}

// A listing is a list of what names something in a column.
type listing struct {
	into   *[]daybook.Evidence
	name   string
	kind   *daybook.Kind
	column string
}

// fill fills lists with what names id, and gives the names of those that hold
// more than is shown.
func (w *inquiry) fill(ctx context.Context, id string, all []listing) (cut []string, err error) {
	for _, l := range all {
		found, longer, err := w.list(ctx, l.kind, daybook.Is(l.column, id))
		if err != nil {
			return nil, err
		}
		w.take(l.into, found...)
		if longer {
			cut = append(cut, l.name)
		}
	}
	return cut, nil
}

// talk adds the conversation that a session names.
func (w *inquiry) talk(ctx context.Context, s *daybook.WhySession) error {
	id := s.ConversationID
	if id == "" {
		w.gap("session %s of %s names no conversation", s.Session.Entry.SubjectID(), s.Session.Entry.Agent())
		return nil
	}
	if _, ok := w.conversations[id]; ok {
		return nil
	}
	c := daybook.WhyConversation{
		ConversationID: id, Thinking: []daybook.Evidence{}, Decisions: []daybook.Evidence{}, Actions: []daybook.Evidence{},
		MCPCalls: []daybook.Evidence{}, Escalations: []daybook.Evidence{},
	}
	e, err := w.subject(ctx, conversationKind, id)
	if err != nil {
		return err
	}
	if e == nil {
		w.gap("the conversation %s, which session %s names, is not in the ledger: it was never logged, or is past its retention", id, s.Session.Entry.SubjectID())
	} else if v, ok := w.evidence(e); ok {
		c.Conversation = &v
	}
	c.More, err = w.fill(ctx, id, []listing{
		{&c.Thinking, "thinking", thinkingKind, "conversation_id"},
		{&c.Decisions, "decisions", decisionKind, "conversation_id"},
		{&c.Actions, "actions", actionKind, "conversation_id"},
		{&c.MCPCalls, "mcp_calls", mcpKind, "conversation_id"},
		{&c.Escalations, "escalations", escalationKind, "source_conversation_id"},
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(c.Thinking, inOrder)
	w.conversations[id] = len(w.why.Conversations)
	w.why.Conversations = append(w.why.Conversations, c)
	return nil
}

// inOrder orders thoughts by their step, then by when they were had.
func inOrder(a, b daybook.Evidence) int {
	x, y := a.Entry.Get("step_number"), b.Entry.Get("step_number")
	if x.IsSet() && y.IsSet() && x.Int() != y.Int() {
		return cmp.Compare(x.Int(), y.Int())
	}
	return cmp.Or(strings.Compare(a.Entry.Time(), b.Entry.Time()), cmp.Compare(a.Entry.Seq, b.Entry.Seq))
}
