package hooks

import (
	"cmp"
	"context"
	"hash/fnv"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/daybook-audit/daybook"
)

// DefaultAgent is the agent_position of what Claude Code does, where the hook's
// URL names no other.
const DefaultAgent = "claude-code"

// ClaudeCode records what Claude Code tells its hooks. It may be used by
// several goroutines.
type ClaudeCode struct {
	recorder daybook.Recorder
	memory   *memory
	now      func() time.Time
	turns    [64]sync.Mutex // events of one use of a tool take turns
}

// NewClaudeCode gives a door that records by a recorder.
func NewClaudeCode(recorder daybook.Recorder) *ClaudeCode {
	return &ClaudeCode{recorder: recorder, memory: newMemory(), now: time.Now}
}

// As says for whom an event is recorded.
type As struct {
	Principal daybook.Principal
	Agent     string // the agent_position; "" for the one that the principal is bound to, or DefaultAgent
	Business  string // "" for the principal's, or the default
}

// Take records one event, the JSON that Claude Code sends. An event that is of
// no interest is taken and forgotten. What has been recorded before is not
// recorded again: the same event may come twice.
func (c *ClaudeCode) Take(ctx context.Context, as As, body []byte) error {
	e, err := parse(body)
	if e == nil || err != nil {
		return err
	}
	as.Agent = cmp.Or(as.Agent, as.Principal.Agent, DefaultAgent)
	t := &taking{ClaudeCode: c, ctx: ctx, as: as, e: e, session: sessionKey{as.Principal.Name, as.Business, e.SessionID}}
	turn := t.turn()
	turn.Lock()
	defer turn.Unlock()
	return takes[e.Name](t)
}

// turn is the lock of those events that are of the same use of a tool, or of none
// in the same session. They may come at the same time, and each looks at what the
// others have done.
func (t *taking) turn() *sync.Mutex {
	h := fnv.New32a()
	_, _ = h.Write([]byte(t.e.SessionID + "\x00" + t.e.ToolUseID))
	return &t.turns[h.Sum32()%uint32(len(t.turns))]
}

// takes are the events that are recorded.
var takes = map[string]func(*taking) error{
	"SessionStart":       (*taking).sessionStart,
	"SessionEnd":         (*taking).sessionEnd,
	"UserPromptSubmit":   (*taking).prompt,
	"Stop":               (*taking).stop,
	"StopFailure":        (*taking).stop,
	"PreToolUse":         (*taking).toolBegins,
	"PostToolUse":        (*taking).toolEnds,
	"PostToolUseFailure": (*taking).toolEnds,
	"PermissionRequest":  (*taking).permissionAsked,
	"PermissionDenied":   (*taking).permissionDenied,
	"SubagentStart":      (*taking).subagentBegins,
	"SubagentStop":       (*taking).subagentEnds,
}

// A taking is one event being recorded.
type taking struct {
	*ClaudeCode
	ctx     context.Context
	as      As
	e       *event
	session sessionKey
}

// space is the namespace of the log_ids that follow from events.
var space = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://github.com/daybook-audit/daybook/hooks"))

// logID is the log_id of what an event says of a subject: the same event comes
// to the same one. It depends on who calls, so that nobody can take up those of
// others.
func (t *taking) logID(parts ...string) string {
	name := []byte(t.as.Principal.Name + "\x00" + t.as.Principal.Business + "\x00" + t.as.Business + "\x00" + t.e.SessionID)
	for _, part := range parts {
		name = append(append(name, 0), part...)
	}
	return uuid.NewSHA1(space, name).String()
}

// agent is who acts: the agent, or a subagent of it. Whose token is bound to an
// agent writes as no other, and then the details say which subagent it was.
func (t *taking) agent() string {
	if t.e.AgentID != "" && t.e.AgentType != "" && t.as.Principal.Agent == "" {
		return t.as.Agent + "/" + t.e.AgentType
	}
	return t.as.Agent
}

// record begins a record of a kind; its log_id follows from the parts.
func (t *taking) record(kind string, parts ...string) daybook.Record {
	r := daybook.NewRecord(daybook.MustKind(kind))
	r.SetLogID(t.logID(append([]string{kind, t.e.Name}, parts...)...))
	if t.as.Business != "" {
		r.SetBusiness(t.as.Business)
	}
	return r
}

// write records, and takes it for done what stands in the ledger already.
func (t *taking) write(r daybook.Record) error {
	_, err := t.recorder.Record(t.ctx, t.as.Principal, []daybook.Record{r})
	if r.Amend && daybook.CodeOf(err) == daybook.CodeConflict {
		return nil
	}
	return err
}

// begin writes the first entry of a subject. One whose end was told before its
// beginning stands in the ledger already.
func (t *taking) begin(r daybook.Record) error {
	err := t.write(r)
	if daybook.CodeOf(err) == daybook.CodeConflict && t.memory.wasWhole(t.subjectKey(&r)) {
		return nil
	}
	return err
}

func (t *taking) subjectKey(r *daybook.Record) string { return t.logID(r.Kind.Name, r.SubjectID()) }

// amend fills fields of a subject; where the subject is not there, since its
// beginning was not told, the whole is written.
func (t *taking) amend(r daybook.Record, begin func() daybook.Record) error {
	r.Amend = true
	err := t.write(r)
	if daybook.CodeOf(err) != daybook.CodeNotFound {
		return err
	}
	t.memory.whole(t.subjectKey(&r))
	whole := begin()
	for i := range r.Values {
		if v := r.Values[i]; v.IsSet() && !whole.Values[i].IsSet() {
			whole.Values[i] = v
		}
	}
	whole.SetLogID(r.LogID())
	return t.write(whole)
}

// set sets a text, where there is one.
func set(r *daybook.Record, column, value string) {
	if value != "" {
		r.Set(column, daybook.TextValue(plain(value)))
	}
}

// fillTime sets a time to now, as one that a repeat of the event would set to
// another.
func (t *taking) fillTime(r *daybook.Record, column string) {
	if i, ok := r.Kind.Column(column); ok {
		r.Fill(i, daybook.TextValue(t.now().UTC().Format("2006-01-02T15:04:05.000000Z")))
	}
}
