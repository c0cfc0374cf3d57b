package intake

import (
	"strconv"
	"time"

	"github.com/daybook-audit/daybook"
)

// The limits where none are set.
const (
	DefaultMaxBatch       = 10_000
	DefaultMaxRecordBytes = 8 << 20
)

// Limits bound what one call may bring. How deep JSON may nest is
// canon.MaxDepth, and how long a text may be stands in the catalog.
type Limits struct {
	MaxBatch       int // records in one call; 0 for DefaultMaxBatch
	MaxRecordBytes int // bytes of a record's values in canonical form; 0 for DefaultMaxRecordBytes

	// Now is the clock; nil for time.Now.
	Now func() time.Time
}

func (l Limits) orDefault() Limits {
	if l.MaxBatch <= 0 {
		l.MaxBatch = DefaultMaxBatch
	}
	if l.MaxRecordBytes <= 0 {
		l.MaxRecordBytes = DefaultMaxRecordBytes
	}
	if l.Now == nil {
		l.Now = time.Now
	}
	return l
}

func (l Limits) count(n int) error {
	if n <= l.MaxBatch {
		return nil
	}
	return &daybook.Error{
		Code: daybook.CodeTooLarge, Path: "/" + strconv.Itoa(l.MaxBatch),
		Message: strconv.Itoa(n) + " records are too many for one call",
		Hint:    "send them in batches of at most " + strconv.Itoa(l.MaxBatch),
	}
}

// A value's canonical form is at the most so many times its text and so much
// more: a control character becomes \u001f, and a number has no text.
const (
	mostEscaped = 6
	mostNumber  = 32
)

// measure refuses a record that is too large. Most records are so far below
// the limit that a bound says so; only near it is the canonical form made.
func (l Limits) measure(_ *Call, r *daybook.Record) error {
	bound := 0
	for i := range r.Values {
		bound += mostEscaped*len(r.Values[i].Text()) + mostNumber
	}
	if bound <= l.MaxRecordBytes {
		return nil
	}
	size := 0
	var scratch []byte
	for i := range r.Values {
		if !r.Values[i].IsSet() {
			continue
		}
		if size += len(r.Values[i].Text()); size <= l.MaxRecordBytes {
			size -= len(r.Values[i].Text())
			scratch = daybook.AppendValue(scratch[:0], r.Kind.Columns[i].Type, r.Values[i])
			size += len(scratch)
		}
		if size > l.MaxRecordBytes {
			return &daybook.Error{
				Code: daybook.CodeTooLarge, Message: "the record has more than " + strconv.Itoa(l.MaxRecordBytes) + " bytes of values",
				Hint: "log what was done and where the data is, not the data itself",
			}
		}
	}
	return nil
}
