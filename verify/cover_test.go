package verify_test

import (
	"slices"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/daybook-audit/daybook/verify"
)

// runOf is an entry of a retention run.
func runOf(status string, cutoff time.Time, kinds ...string) daybook.Record {
	r := daybook.NewRecord(daybook.MustKind("retention_run"))
	r.Set("id", daybook.TextValue("00000000-0000-7000-8000-00000000000a"))
	r.Set("status", daybook.TextValue(status))
	r.Set("cutoff", daybook.TextValue(canon.FormatTime(cutoff)))
	r.Set("target_kinds", daybook.TextsValue(kinds))
	return r
}

func erasureOf(kind string, logIDs ...string) daybook.Record {
	r := daybook.NewRecord(daybook.MustKind("erasure"))
	r.Set("id", daybook.TextValue("00000000-0000-7000-8000-00000000000b"))
	r.Set("target_kind", daybook.TextValue(kind))
	r.Set("log_ids", daybook.TextsValue(logIDs))
	return r
}

// TestCoverings takes the body of an entry logged in January 2026, whose time
// is over after two years, and lets something account for it or not.
func TestCoverings(t *testing.T) {
	t.Parallel()
	const kind, victim = "thinking_logs", 1
	logged := time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)
	over := logged.AddDate(2, 0, 0)
	early, late := over.Add(-time.Hour), over.Add(time.Hour)
	id := "00000000-0000-7000-8000-000000000001"
	cases := map[string]struct {
		before, after []daybook.Record
		written       time.Time // the coverings; late if zero
		now           time.Time // late if zero
		damage        bool      // of the covering
		want          verify.Class
	}{
		"nothing":                            {want: missing},
		"a run":                              {after: []daybook.Record{runOf("COMPLETED", late, kind)}, want: verify.Expired},
		"a run to the microsecond":           {after: []daybook.Record{runOf("COMPLETED", over, kind)}, written: over, now: over, want: verify.Expired},
		"a run that runs":                    {after: []daybook.Record{runOf("RUNNING", late, kind)}, want: verify.Expired},
		"a run that ran and failed":          {after: []daybook.Record{runOf("RUNNING", late, kind), runOf("FAILED", late, kind)}, want: verify.Expired},
		"a run of several kinds":             {after: []daybook.Record{runOf("COMPLETED", late, "conversations", kind)}, want: verify.Expired},
		"a run of every kind":                {after: []daybook.Record{runOf("COMPLETED", late)}, want: verify.Expired},
		"the second run":                     {after: []daybook.Record{runOf("COMPLETED", early, kind), runOf("COMPLETED", late, kind)}, want: verify.Expired},
		"the first run":                      {after: []daybook.Record{runOf("COMPLETED", late, kind), runOf("COMPLETED", early, kind)}, want: verify.Expired},
		"a run that failed":                  {after: []daybook.Record{runOf("FAILED", late, kind)}, want: missing},
		"a run of another kind":              {after: []daybook.Record{runOf("COMPLETED", late, "conversations")}, want: missing},
		"a run with its cutoff before":       {after: []daybook.Record{runOf("COMPLETED", early, kind)}, want: missing},
		"a run that came before":             {before: []daybook.Record{runOf("COMPLETED", late, kind)}, written: late, want: missing},
		"a run ahead of time":                {after: []daybook.Record{runOf("COMPLETED", late, kind)}, written: early, want: missing},
		"a run when the time is not over":    {after: []daybook.Record{runOf("COMPLETED", late, kind)}, now: early, want: missing},
		"a run that was changed":             {after: []daybook.Record{runOf("COMPLETED", late, kind)}, damage: true, want: missing},
		"an erasure":                         {after: []daybook.Record{erasureOf(kind, "another", id)}, want: verify.Erased},
		"an erasure before the time is over": {after: []daybook.Record{erasureOf(kind, id)}, written: early, now: early, want: verify.Erased},
		"an erasure of another entry":        {after: []daybook.Record{erasureOf(kind, "another")}, want: missing},
		"an erasure of another kind":         {after: []daybook.Record{erasureOf("conversations", id)}, want: missing},
		"an erasure that came before":        {before: []daybook.Record{erasureOf(kind, id)}, want: missing},
		"an erasure that was changed":        {after: []daybook.Record{erasureOf(kind, id)}, damage: true, want: missing},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.written.IsZero() {
				c.written = late
			}
			if c.now.IsZero() {
				c.now = late
			}
			k := newKeeper(t)
			if c.before != nil {
				k.write(c.before...)
			} else {
				k.write(fullRecord(daybook.MustKind("conversations"), 1))
			}
			r := fullRecord(daybook.MustKind(kind), 1)
			r.SetLogID(id)
			k.write(r)
			k.at = c.written
			if c.after != nil {
				k.write(c.after...)
			}
			k.sign()
			b := k.book()
			b.now = c.now
			b.rows[victim].Entry = nil
			if c.damage {
				b.set(victim+1, "business_id", daybook.TextValue("changed"))
			}
			wantClass(t, b.verify(t), kind, victim, c.want)
		})
	}
}

func wantClass(t *testing.T, r *verify.Report, kind string, seq int64, want verify.Class) {
	t.Helper()
	reported := slices.Contains(problemsOf(r), problem{kind, missing, seq})
	if reported != (want == missing) || want != missing && !r.Sound() {
		t.Errorf("want %s, got\n%s", want, describe(r))
	}
	counted := map[verify.Class]int64{missing: r.Counts.Missing, verify.Expired: r.Counts.Expired, verify.Erased: r.Counts.Erased}
	for class, n := range counted {
		if (n == 1) != (class == want) {
			t.Errorf("counts %+v, want one %s", r.Counts, want)
		}
	}
}

// TestWhileCurrent holds that a run must name a kind whose bodies stay while
// they are current.
func TestWhileCurrent(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"lineage_edge", "output_artifact"} {
		for want, kinds := range map[verify.Class][]string{verify.Expired: {kind}, missing: nil} {
			k := newKeeper(t)
			k.write(fullRecord(daybook.MustKind(kind), 1))
			k.at = k.at.AddDate(3, 0, 0)
			k.write(runOf("COMPLETED", k.at, kinds...))
			k.sign()
			b := k.book()
			b.rows[0].Entry = nil
			wantClass(t, b.verify(t), kind, 0, want)
		}
	}
}

func TestForever(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	k.write(fullRecord(daybook.MustKind("ledger_event"), 1))
	k.at = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	k.write(runOf("COMPLETED", k.at.AddDate(0, 11, 0)))
	k.sign()
	b := k.book()
	b.rows[0].Entry = nil
	wantClass(t, b.verify(t), "ledger_event", 0, missing)
}

// TestCoveringNotSigned holds that an entry that nobody signed accounts for
// nothing: whoever has the file could have written it.
func TestCoveringNotSigned(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	e := k.write(fullRecord(daybook.MustKind("thinking_logs"), 1))[0]
	k.sign()
	k.write(erasureOf("thinking_logs", e.LogID()))
	b := k.book()
	b.rows[0].Entry = nil
	r := b.verify(t)
	wantClass(t, r, "thinking_logs", 0, missing)
}
