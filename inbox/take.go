package inbox

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/daybook-audit/daybook"
)

// An opened letter is one that could be read as a record.
type opened struct {
	letter *daybook.Letter
	record daybook.Record
}

// A haul is what became of letters that are not settled yet.
type haul struct {
	taken   []daybook.Letter
	refused []daybook.RefusedLetter
}

// settleEvery is after how many runs letters are settled, so that even a server
// that dies again and again gets on.
const settleEvery = 16

// take records letters in their order, those of one writer that follow on each
// other together, and settles what became of them. Where it gives an error, the
// rest waits.
func (d *Drain) take(ctx context.Context, letters []daybook.Letter) error {
	var h haul
	for runs := 1; len(letters) > 0; runs++ {
		n := 1
		for n < len(letters) && Principal(&letters[n]) == Principal(&letters[0]) {
			n++
		}
		if err := d.takeRun(ctx, letters[:n], &h); err != nil {
			return errors.Join(err, d.settle(ctx, &h))
		}
		if letters = letters[n:]; runs%settleEvery == 0 {
			if err := d.settle(ctx, &h); err != nil {
				return err
			}
			h = haul{}
		}
	}
	return d.settle(ctx, &h)
}

// takeRun records letters of one writer.
func (d *Drain) takeRun(ctx context.Context, letters []daybook.Letter, h *haul) error {
	var readable []opened
	for i := range letters {
		if r, why := open(&letters[i]); why == nil {
			readable = append(readable, opened{&letters[i], r})
		} else {
			h.refused = append(h.refused, d.refuse(&letters[i], why))
		}
	}
	return d.record(ctx, Principal(&letters[0]), readable, h)
}

// record records a part of a run. The Recorder takes all or nothing and names
// the first record it refuses: what stands before that one is recorded by itself,
// then what stands behind it. Where none is named, the part is halved.
func (d *Drain) record(ctx context.Context, p daybook.Principal, part []opened, h *haul) error {
	if len(part) == 0 {
		return nil
	}
	_, err := d.o.Recorder.Record(ctx, p, records(part))
	if err == nil {
		d.o.Step("recorded")
		// Crash here: the ledger has them, and they still wait. They are recorded
		// once more, and found to stand there.
		for i := range part {
			h.taken = append(h.taken, *part[i].letter)
		}
		return nil
	}
	at, named := daybook.RefusedAt(err, len(part))
	switch {
	case ctx.Err() != nil || !isRefusal(err):
		return err
	case !named && len(part) > 1:
		if err := d.record(ctx, p, part[:len(part)/2], h); err != nil {
			return err
		}
		return d.record(ctx, p, part[len(part)/2:], h)
	}
	if err := d.record(ctx, p, part[:at], h); err != nil {
		return err
	}
	h.refused = append(h.refused, d.refuse(part[at].letter, errorOf(daybook.Inside("/"+strconv.Itoa(at), err))))
	return d.record(ctx, p, part[at+1:], h)
}

func (d *Drain) settle(ctx context.Context, h *haul) error {
	if len(h.taken)+len(h.refused) == 0 {
		return nil
	}
	if err := d.box.Settle(ctx, h.taken, h.refused); err != nil {
		return err
	}
	d.o.Step("settled")
	d.metrics.taken.Add(float64(len(h.taken)))
	d.metrics.rejected.Add(float64(len(h.refused)))
	for i := range h.refused {
		r := &h.refused[i]
		d.o.Logger.Warn("inbox: the ledger refused a letter; see the view inbox_rejects", "kind", r.Kind, "writer", r.Writer, "code", string(r.Why.Code), "path", r.Why.Path)
	}
	return nil
}

// records copies the records of letters, because a Recorder fills in what they
// leave out, and one may be tried again.
func records(part []opened) []daybook.Record {
	all := make([]daybook.Record, len(part))
	for i := range part {
		all[i] = part[i].record
		all[i].Values = slices.Clone(all[i].Values)
	}
	return all
}

// isRefusal says that an error is about what a letter says, so that to wait
// would not help. What is forbidden, and not to a record, is forbidden to the
// server: its login lacks a right.
func isRefusal(err error) bool {
	switch daybook.CodeOf(err) {
	case daybook.CodeInvalid, daybook.CodeMalformed, daybook.CodeConflict, daybook.CodeNotFound, daybook.CodeTooLarge:
		return true
	case daybook.CodeForbidden:
		return errorOf(err).Path != ""
	}
	return false
}
