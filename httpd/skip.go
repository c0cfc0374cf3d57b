package httpd

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/daybook-audit/daybook"
)

// span is a part of a batch's records, from ≤ place < to.
type span struct{ from, to int }

// recordValid records as much of a batch as is taken, in its order, and
// rejects the rest. The Recorder takes all or nothing and names the first
// record it refuses, so what stands before that one is recorded by itself,
// then what stands behind it; where no record is named, the part is halved.
//
// An error that is no refusal (the store is away) is given back while nothing
// is recorded yet. Afterwards receipts have been earned, so the rest is
// rejected with that error, for the client to send again in its order.
func (s *Server) recordValid(ctx context.Context, p daybook.Principal, b *batch) ([]daybook.Receipt, error) {
	var receipts []daybook.Receipt
	todo := []span{{0, len(b.records)}}
	for len(todo) > 0 {
		part := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if part.from == part.to {
			continue
		}
		got, err := s.Recorder.Record(ctx, p, clones(b.records[part.from:part.to]))
		switch {
		case err == nil:
			receipts = append(receipts, got...)
		case !isRefusal(err) && receipts == nil:
			return nil, err
		case !isRefusal(err): // what stands behind it must not overtake it
			s.rejectSpan(b, span{part.from, len(b.records)}, err)
			todo = nil
		default:
			todo = append(todo, s.split(b, part, err)...)
		}
	}
	slices.SortFunc(b.rejected, func(x, y rejection) int { return cmp.Compare(x.Index, y.Index) })
	return receipts, nil
}

// clones copies records, because a Recorder fills in what they leave out. A
// record that is tried again must still tell what its client left out, or a
// repeat of the call would look like another content.
func clones(records []daybook.Record) []daybook.Record {
	copies := slices.Clone(records)
	for i := range copies {
		copies[i].Values = slices.Clone(copies[i].Values)
	}
	return copies
}

// split gives the parts to try instead of a part that was refused, the last
// one first.
func (s *Server) split(b *batch, part span, err error) []span {
	at, named := daybook.RefusedAt(err, part.to-part.from)
	switch {
	case named, part.to-part.from == 1:
		i := part.from + at
		s.metrics.count(nil, b.records[i:i+1])
		b.reject(b.places[i], daybook.Inside("/"+strconv.Itoa(at), err))
		return []span{{i + 1, part.to}, {part.from, i}}
	default:
		middle := (part.from + part.to) / 2
		return []span{{middle, part.to}, {part.from, middle}}
	}
}

func (s *Server) rejectSpan(b *batch, part span, err error) {
	s.metrics.count(nil, b.records[part.from:part.to])
	for i := part.from; i < part.to; i++ {
		b.reject(b.places[i], err)
	}
}

// isRefusal says that an error is about what the record says, so that sending
// it again would not help and the other records may still be taken.
func isRefusal(err error) bool {
	switch daybook.CodeOf(err) {
	case daybook.CodeInvalid, daybook.CodeMalformed, daybook.CodeConflict, daybook.CodeNotFound,
		daybook.CodeForbidden, daybook.CodeTooLarge:
		return true
	}
	return false
}

func pathOf(err error) string {
	var e *daybook.Error
	if errors.As(err, &e) {
		return e.Path
	}
	return ""
}
