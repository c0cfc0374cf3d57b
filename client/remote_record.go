package client

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"

	"github.com/daybook-audit/daybook"
)

// minZipped is the body above which compression pays, in bytes.
const minZipped = 8 << 10

// Record writes records over the wire: all of them or none, and a server takes
// 10,000 at once. What they lack of log_ids, ids and times is filled in, in
// the caller's own records, so that the same slice given again is the same
// write. It tries again while the server cannot be reached or says it cannot
// just now.
func (r *Remote) Record(ctx context.Context, _ daybook.Principal, records []daybook.Record) ([]daybook.Receipt, error) {
	if len(records) == 0 {
		return nil, nil
	}
	now := r.now()
	for i := range records {
		complete(&records[i], now)
	}
	body, err := appendRecords(nil, records)
	if err != nil {
		return nil, err
	}
	q := request{method: http.MethodPost, path: "/v1/entries", body: body}
	if len(body) >= minZipped {
		if q.body, err = zip(body); err != nil {
			return nil, fmt.Errorf("client: %w", err)
		}
		q.zipped = true
	}
	var answer struct {
		Receipts []daybook.Receipt `json:"receipts"`
	}
	err = r.retry(ctx, func() error {
		body, err := r.attempt(ctx, q)
		if err != nil {
			return err
		}
		return r.decode(body, &answer)
	})
	if err == nil && len(answer.Receipts) != len(records) {
		err = r.strange(fmt.Errorf("%d receipts for %d records", len(answer.Receipts), len(records)))
	}
	if err != nil {
		return nil, err
	}
	return answer.Receipts, nil
}

// appendRecords appends an array of records as the server reads them.
func appendRecords(dst []byte, records []daybook.Record) ([]byte, error) {
	dst = append(dst, '[')
	for i := range records {
		if i > 0 {
			dst = append(dst, ",\n"...)
		}
		var err error
		if dst, err = records[i].AppendJSON(dst); err != nil {
			return nil, daybook.Under("/"+strconv.Itoa(i), err)
		}
	}
	return append(dst, ']'), nil
}

var zippers = sync.Pool{New: func() any {
	z, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant
	}
	return z
}}

func zip(body []byte) ([]byte, error) {
	var b bytes.Buffer
	z := zippers.Get().(*gzip.Writer)
	defer zippers.Put(z)
	z.Reset(&b)
	if _, err := z.Write(body); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
