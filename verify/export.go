package verify

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/daybook-audit/daybook"
)

// maxLine bounds one line of an export, in bytes: well over the largest entry
// that a server takes.
const maxLine = 64 << 20

// Export reads what `daybook export` wrote, every entry as one line of JSON in
// ledger order, as a [Source]. It has bodies alone: their places in the spine
// follow from them, and there are no tiles, no head and no checkpoint. Give
// what was signed as the anchor.
//
// An export holds no trace of bodies that have expired or were erased: they
// count as MISSING, and the tree cannot be rebuilt past the first. Check a copy
// of the store of such a ledger.
type Export struct {
	lines *bufio.Reader
	read  bool
}

// NewExport reads an export from r, once.
func NewExport(r io.Reader) *Export { return &Export{lines: bufio.NewReaderSize(r, 1<<16)} }

// Head implements [Source]: an export has none.
func (x *Export) Head(context.Context) (daybook.Head, error) { return daybook.Head{}, nil }

// FullTile implements [Source]: an export has none.
func (x *Export) FullTile(context.Context, int, int64) ([]byte, error) {
	return nil, &daybook.Error{Code: daybook.CodeNotFound, Message: "verify: an export has no tiles"}
}

// Scan implements [Source]. It takes any spelling of the JSON, since the
// values decide. A line that is no entry takes the seq behind the one before.
func (x *Export) Scan(ctx context.Context, from int64, fn func(daybook.Row) error) error {
	if x.read {
		return errors.New("verify: an export can be read once only")
	}
	x.read = true
	var next int64
	for number := 1; ; number++ {
		line, err := x.line()
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("export, line %d: %w", number, err)
		}
		if len(line) > 0 {
			row := exportRow(line, number, next)
			next = row.Spine.Seq + 1
			if row.Spine.Seq >= from {
				if err := fn(row); err != nil {
					return err
				}
			}
		}
		if err != nil {
			return ctx.Err()
		}
	}
}

func exportRow(line []byte, number int, next int64) daybook.Row {
	e, err := daybook.DecodeEntry(line)
	if err == nil && (e.LogID() == "" || e.LoggedAt() == "" || e.RetainUntil() == "") {
		err = errors.New("it lacks log_id, logged_at or retain_until")
	}
	if err != nil {
		return daybook.Row{Spine: &daybook.Spine{Seq: next}, Fault: fmt.Sprintf("line %d of the export is no entry: %v", number, err)}
	}
	s := daybook.SpineOf(e)
	return daybook.Row{Spine: &s, Entry: e}
}

// line gives the next line without its end. The last may lack one.
func (x *Export) line() ([]byte, error) {
	var long []byte
	for {
		part, err := x.lines.ReadSlice('\n')
		if err == nil && long == nil {
			return bytes.TrimSpace(part), nil
		}
		long = append(long, part...)
		if len(long) > maxLine {
			return nil, fmt.Errorf("it is longer than %d bytes: this is no export, which has one entry a line", maxLine)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimSpace(long), err
		}
	}
}
