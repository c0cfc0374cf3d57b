package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// copied are the rows of a table as PostgreSQL's COPY gives them in its binary
// form (https://www.postgresql.org/docs/current/sql-copy.html, File Formats).
type copied struct {
	table string
	rows  [][]byte
}

// The signature, flags and extension that go before the rows, and the trailer.
var (
	copyHeader  = append([]byte("PGCOPY\n\xff\r\n\x00"), make([]byte, 8)...)
	copyTrailer = []byte{0xff, 0xff}
)

// copyOut reads the rows of a table.
func copyOut(ctx context.Context, conn *pgconn.PgConn, table string) (copied, error) {
	c := copied{table: table}
	var out bytes.Buffer
	if _, err := conn.CopyTo(ctx, &out, "COPY (SELECT * FROM "+table+" ORDER BY 1) TO STDOUT BINARY"); err != nil {
		return c, err
	}
	all := out.Bytes()
	if !bytes.HasPrefix(all, copyHeader) {
		return c, errors.New("COPY gives another format")
	}
	for at := len(copyHeader); ; {
		end, ok := rowEnd(all, at)
		if !ok {
			return c, nil
		}
		c.rows = append(c.rows, all[at:end])
		at = end
	}
}

// rowEnd says where the row that begins at a place ends, unless that is the
// trailer.
func rowEnd(all []byte, at int) (end int, ok bool) {
	fields := int16(binary.BigEndian.Uint16(all[at:]))
	at += 2
	for range fields {
		length := int32(binary.BigEndian.Uint32(all[at:]))
		at += 4 + int(max(length, 0))
	}
	return at, fields >= 0
}

// copyIn writes some of the rows.
func (c *copied) copyIn(ctx context.Context, conn *pgconn.PgConn, from, to int) error {
	if from == to {
		return nil
	}
	parts := append([][]byte{copyHeader}, c.rows[from:to]...)
	in := bytes.NewReader(bytes.Join(append(parts, copyTrailer), nil))
	_, err := conn.CopyFrom(ctx, in, "COPY "+c.table+" FROM STDIN BINARY")
	return err
}

// rawCopy copies the rows of a finished ledger into an empty one's tables, in
// transactions of the batch size that are as durable: the limit of the store.
// Reading them beforehand is not timed.
func rawCopy(ctx context.Context, from, to string, n int) (took time.Duration, err error) {
	var all []copied
	for _, table := range []string{"ledger.conversations", "ledger.spine", "ledger.tile"} {
		rows, err := readTable(ctx, from, table)
		if err != nil {
			return 0, err
		}
		all = append(all, rows)
	}
	conn, err := pgconn.Connect(ctx, to)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	begun := time.Now()
	for start := 0; start < n; start += batchSize {
		if err := copyBatch(ctx, conn, all, start, min(start+batchSize, n)); err != nil {
			return 0, err
		}
	}
	return time.Since(begun), nil
}

func readTable(ctx context.Context, at, table string) (rows copied, err error) {
	conn, err := pgconn.Connect(ctx, at)
	if err != nil {
		return rows, err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	return copyOut(ctx, conn, table)
}

// copyBatch copies the rows of some entries and the tiles that go with them.
func copyBatch(ctx context.Context, conn *pgconn.PgConn, all []copied, from, to int) error {
	if err := execute(ctx, conn, "BEGIN"); err != nil {
		return err
	}
	for i := range all {
		first, last := from, to
		if i == len(all)-1 { // a tile for every 256 entries and then some
			first, last = len(all[i].rows)*from/len(all[0].rows), len(all[i].rows)*to/len(all[0].rows)
		}
		if err := all[i].copyIn(ctx, conn, first, last); err != nil {
			return fmt.Errorf("%s: %w", all[i].table, err)
		}
	}
	return execute(ctx, conn, "COMMIT")
}

func execute(ctx context.Context, conn *pgconn.PgConn, sql string) error {
	_, err := conn.Exec(ctx, sql).ReadAll()
	return err
}
