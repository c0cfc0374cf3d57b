package lineage

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
)

// How many earlier sessions are looked at for the run before.
const (
	maxEarlier = 1000
	maxLikely  = 20 // whose artifacts are looked at
)

// PreviousRun finds the completed session before one that did the same job: by
// the same agent and of the same type, with the same purpose; and where none has it, or
// nothing is said of it, one that made artifacts of the same names. It gives
// the id, or CodeNotFound.
func PreviousRun(ctx context.Context, r daybook.Reader, p daybook.Principal, session string) (string, error) {
	ask := asker{reader: r, who: p}
	this, err := r.Get(ctx, p, sessionKind, session)
	if err != nil {
		return "", err
	}
	ask.business = this.Business()
	before := daybook.Filter{Column: "started_at", Op: daybook.OpBefore, Values: []daybook.Value{this.Get("started_at")}}
	filters := []daybook.Filter{daybook.Is("agent_id", this.Agent()), daybook.Is("status", "COMPLETED"), before}
	if kind := this.Text("session_type"); kind != "" {
		filters = append(filters, daybook.Is("session_type", kind))
	}
	earlier, _, err := ask.all(ctx, daybook.Query{Kind: sessionKind, Filters: filters}, maxEarlier)
	if err != nil {
		return "", err
	}
	slices.SortStableFunc(earlier, func(x, y *daybook.Entry) int { return strings.Compare(y.Time(), x.Time()) })
	if purpose := this.Text("purpose"); purpose != "" {
		for _, e := range earlier {
			if e.Text("purpose") == purpose {
				return e.SubjectID(), nil
			}
		}
	}
	made, err := ask.names(ctx, this)
	if err != nil {
		return "", err
	}
	for _, e := range earlier[:min(len(earlier), maxLikely)] {
		names, err := ask.names(ctx, e)
		if err != nil {
			return "", err
		}
		if len(made) > 0 && slices.Equal(names, made) {
			return e.SubjectID(), nil
		}
	}
	return "", &daybook.Error{
		Code: daybook.CodeNotFound, Message: fmt.Sprintf("no completed session before %s did the same job", this.SubjectID()),
		Hint: "name both sessions; daybook agent " + daybook.Clip(this.Agent()) + " lists those of its agent",
	}
}

// names gives the names of the artifacts that a session made.
func (a asker) names(ctx context.Context, session *daybook.Entry) ([]string, error) {
	q := daybook.Query{Kind: artifactKind, Filters: []daybook.Filter{daybook.Is("session_id", session.SubjectID())}}
	artifacts, _, err := a.all(ctx, q, maxWork)
	var names []string
	for _, e := range artifacts {
		names = append(names, e.Text("artifact_name"))
	}
	return distinct(names), err
}
