package lineage

import (
	"slices"

	"github.com/daybook-audit/daybook"
)

// tellRevision tells what one revision changed; before is nil for a first
// one. It gives "" where the state tells it as well.
func tellRevision(e, before *daybook.Entry) string {
	if before == nil && e.Revision() > 1 {
		return ""
	}
	switch e.Kind {
	case sessionKind:
		return tellSessionRevision(e, before)
	case artifactKind:
		return tellArtifactRevision(e, before)
	case edgeKind:
		return tellEdgeRevision(e, before)
	}
	return ""
}

func tellSessionRevision(e, before *daybook.Entry) string {
	status := e.Text("status")
	switch {
	case before == nil && status == "ACTIVE":
		s := "checked out"
		if tables := texts(e, "source_tables"); tables != "" {
			s += " on " + tables
		}
		return s + tail(e.Text("purpose"))
	case before != nil && status != before.Text("status"):
		return "checked in " + status + list(": ", counts(e)) + tail(first(e, "error_message", "purpose"))
	case before != nil:
		if more := added(e, before, "source_tables"); len(more) > 0 {
			return "also reads " + some(more)
		}
	}
	return ""
}

// added gives what an array has that it had not before.
func added(e, before *daybook.Entry, column string) []string {
	is, err := daybook.Texts(e.Get(column))
	if err != nil {
		return nil
	}
	was, err := daybook.Texts(before.Get(column))
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(is, func(s string) bool { return slices.Contains(was, s) })
}

func tellArtifactRevision(e, before *daybook.Entry) string {
	s := e.Text("artifact_type") + " " + line(e.Text("artifact_name"))
	if rows := e.Get("row_count"); rows.IsSet() {
		s += ", " + plural(rows.Int(), "row")
	}
	if before == nil {
		if e.Get("is_current").IsSet() {
			return ""
		}
		return s + " (pending)"
	}
	is, was := e.Get("is_current"), before.Get("is_current")
	by := e.Text("superseded_by_id")
	switch {
	case is.Bool() && !was.Bool():
		return s + " took effect"
	case by != "" && before.Text("superseded_by_id") == "":
		return s + " superseded by " + by
	case is != was:
		return s + " is not current any more"
	case e.Text("expires_at") != before.Text("expires_at"):
		return s + " expires at " + e.Text("expires_at")
	}
	return ""
}

func tellEdgeRevision(e, before *daybook.Entry) string {
	s := line(sourceSide.place(e).node()) + " → " + line(targetSide.place(e).node()) + " " + e.Text("relationship_type")
	switch is := e.Get("is_current").Bool(); {
	case before != nil && is == before.Get("is_current").Bool():
		return ""
	case is:
		return s + " took effect" + origin(e)
	default:
		return s + " ended" + origin(e)
	}
}
