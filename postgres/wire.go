package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// copyMessage is how many bytes of rows go to the server at once.
const copyMessage = 64 << 10

// wire writes to a connection message by message. Nothing that is sent waits
// for the answer to what was sent before, so a batch of many kinds takes one
// way to the server and back, and the server inserts some rows while others are
// still encoded. If a statement fails then those behind it do too, as they are
// of one transaction.
type wire struct {
	conn *pgconn.PgConn
	data []byte   // a message of COPY in the making
	sent []string // the tags that the answers must have that are not read yet
	rows int      // of the COPY that is being sent
}

// query sends a statement; its answer must have that tag.
func (w *wire) query(sql, tag string) {
	w.conn.Frontend().SendQuery(&pgproto3.Query{String: sql})
	w.sent = append(w.sent, tag)
}

// beginCopy sends the beginning of a COPY of rows in binary form.
func (w *wire) beginCopy(sql string) {
	w.query(sql, "")
	w.rows = 0
	w.data = append(w.data[:0], 'd', 0, 0, 0, 0)
	w.data = append(w.data, copyHeader...)
}

// row adds a row, which put appends, to the COPY.
func (w *wire) row(put func([]byte) ([]byte, error)) (err error) {
	if w.data, err = put(w.data); err != nil {
		return err
	}
	w.rows++
	if len(w.data) < copyMessage {
		return nil
	}
	return w.send()
}

// send sends the rows that are encoded.
func (w *wire) send() error {
	binary.BigEndian.PutUint32(w.data[1:], uint32(len(w.data)-1))
	err := w.conn.Frontend().SendUnbufferedEncodedCopyData(w.data)
	w.data = w.data[:5]
	return err
}

// endCopy ends a COPY. The server must say that it took all of the rows: it
// would not if somebody had put a trigger there that drops some.
func (w *wire) endCopy() error {
	w.data = append(w.data, copyEnd...)
	if err := w.send(); err != nil {
		return err
	}
	w.conn.Frontend().Send(&pgproto3.CopyDone{})
	w.sent[len(w.sent)-1] = "COPY " + strconv.Itoa(w.rows)
	return nil
}

// failCopy gives up a COPY.
func (w *wire) failCopy() {
	w.conn.Frontend().Send(&pgproto3.CopyFail{Message: "daybook gives up"})
}

func (w *wire) flush() error { return w.conn.Frontend().Flush() }

// answers reads all answers that are due. It gives the first error that the
// server told of; where the connection is lost meanwhile, that.
func (w *wire) answers() error {
	if err := w.flush(); err != nil {
		return err
	}
	var first error
	for i := 0; i < len(w.sent); {
		message, err := w.conn.ReceiveMessage(context.Background())
		if err != nil {
			return errors.Join(first, err)
		}
		switch m := message.(type) {
		case *pgproto3.ErrorResponse:
			if first == nil {
				first = pgconn.ErrorResponseToPgError(m)
			}
		case *pgproto3.CommandComplete:
			if tag := string(m.CommandTag); first == nil && tag != w.sent[i] {
				first = internalf("the server answered %s where %s was due: somebody has put a trigger or a rule on a table", tag, w.sent[i])
			}
		case *pgproto3.ReadyForQuery:
			i++
		}
	}
	w.sent = w.sent[:0]
	return first
}

// abandon closes a connection on which answers are due, as nothing else can be
// done with it.
func (w *wire) abandon() {
	if len(w.sent) > 0 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = w.conn.Close(ctx)
	}
}

// within does fn, whose writing and reading ends when the context does. The
// connection is of no more use then.
func (w *wire) within(ctx context.Context, fn func() error) error {
	stop := context.AfterFunc(ctx, func() { _ = w.conn.Conn().SetDeadline(time.Unix(1, 0)) })
	err := fn()
	if !stop() {
		_ = w.conn.Close(context.WithoutCancel(ctx))
		return context.Cause(ctx)
	}
	return err
}
