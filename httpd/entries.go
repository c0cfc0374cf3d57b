package httpd

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

// recordTypes are the media types of records.
var recordTypes = []string{"application/json", "application/x-ndjson", "application/ndjson", "application/jsonl"}

// postEntries writes records of any kinds.
func (s *Server) postEntries(w http.ResponseWriter, r *http.Request, p daybook.Principal) error {
	return s.write(w, r, p, nil)
}

// write reads records, of a kind where one is given, records them, and answers
// 201 with their receipts.
func (s *Server) write(w http.ResponseWriter, r *http.Request, p daybook.Principal, kind *daybook.Kind) error {
	values, err := parameters(r, "on_invalid")
	if err != nil {
		return err
	}
	skip, err := wordIn(values, "on_invalid", "fail", "skip")
	if err != nil {
		return err
	}
	batch, err := s.readBatch(w, r, kind, skip == "skip")
	if err != nil {
		return err
	}
	if err := batch.identify(r, p); err != nil {
		return err
	}
	receipts, err := s.record(r, p, batch, skip == "skip")
	if err != nil {
		return err
	}
	answer := buffers.Get().(*bytes.Buffer)
	defer putBuffer(answer)
	answer.Write(appendReceipts(answer.AvailableBuffer(), receipts))
	if skip == "skip" {
		if err := writeRejected(answer, batch.rejected); err != nil {
			return err
		}
	}
	answer.WriteString("}\n")
	return sendBytes(w, http.StatusCreated, "application/json", answer.Bytes())
}

// A batch is what one call says: the records that could be read, the place of
// each in the input, and those that were refused.
type batch struct {
	records  []daybook.Record
	places   []int
	rejected []rejection
	single   bool // the input is one object, so paths have no index
}

type rejection struct {
	Index   int      `json:"index"`
	Problem *problem `json:"problem"` // its path begins inside the record
}

func (b *batch) reject(place int, err error) {
	b.rejected = append(b.rejected, rejection{Index: place, Problem: problemOf(err)})
}

func (s *Server) readBatch(w http.ResponseWriter, r *http.Request, kind *daybook.Kind, skip bool) (*batch, error) {
	if _, err := wantType(r, recordTypes...); err != nil {
		return nil, err
	}
	body, err := s.readBody(w, r)
	if err != nil {
		return nil, err
	}
	defer putBuffer(body)
	start := bytes.TrimLeft(body.Bytes(), " \t\r\n")
	isObject := len(start) > 0 && start[0] == '{'
	isArray := len(start) > 0 && start[0] == '['
	decoder := daybook.NewDecoder(body, kind)
	b, err := s.decode(decoder, skip)
	if err != nil {
		if !isArray && pathOf(err) == "/0" {
			err = daybook.Inside("/0", err) // the first of many, or the only one: there is but one to look at
		}
		return nil, err
	}
	b.single = isObject && len(b.records)+len(b.rejected) == 1
	if len(b.records)+len(b.rejected) == 0 {
		return nil, &daybook.Error{
			Code: daybook.CodeMalformed, Message: "there is no record in the body",
			Hint: `send an object, an array of objects, or one object a line, such as {"kind": "conversations", "agent_position": "CFO"}`,
		}
	}
	return b, nil
}

func (s *Server) decode(d *daybook.Decoder, skip bool) (*batch, error) {
	b := &batch{}
	for {
		record, err := d.Next()
		if errors.Is(err, io.EOF) {
			return b, nil
		}
		place := d.Index() - 1
		switch {
		case err == nil:
			b.records, b.places = append(b.records, record), append(b.places, place)
		case skip && daybook.CodeOf(err) == daybook.CodeInvalid:
			b.reject(place, daybook.Inside("/"+strconv.Itoa(place), err))
		default:
			return nil, err
		}
		if d.Index() > s.MaxRecords {
			return nil, &daybook.Error{
				Code: daybook.CodeTooLarge, Message: "more than " + strconv.Itoa(s.MaxRecords) + " records in one call",
				Hint: "send them in parts",
			}
		}
	}
}

// record hands the batch on: whole, or with skip as much of it as is taken.
func (s *Server) record(r *http.Request, p daybook.Principal, b *batch, skip bool) ([]daybook.Receipt, error) {
	if skip {
		receipts, err := s.recordValid(r.Context(), p, b)
		s.metrics.count(receipts, nil)
		return receipts, err
	}
	receipts, err := s.Recorder.Record(r.Context(), p, b.records)
	if err != nil {
		s.metrics.count(nil, b.records)
		if b.single {
			err = daybook.Inside("/0", err)
		}
		return nil, err
	}
	s.metrics.count(receipts, nil)
	return receipts, nil
}

// appendReceipts appends `{"receipts": [` and all of them, one a line. It is
// done by hand because it is done for every record.
func appendReceipts(dst []byte, receipts []daybook.Receipt) []byte {
	dst = append(dst, `{"receipts": [`...)
	for i := range receipts {
		if i > 0 {
			dst = append(dst, ",\n "...)
		}
		dst = appendReceipt(dst, &receipts[i])
	}
	return append(dst, ']')
}

func appendReceipt(dst []byte, receipt *daybook.Receipt) []byte {
	dst = append(dst, `{"kind": `...)
	dst = canon.AppendString(dst, receipt.Kind)
	dst = append(dst, `, "id": `...)
	dst = canon.AppendString(dst, receipt.ID)
	dst = append(dst, `, "log_id": `...)
	dst = canon.AppendString(dst, receipt.LogID)
	dst = append(dst, `, "seq": `...)
	dst = strconv.AppendInt(dst, receipt.Seq, 10)
	dst = append(dst, `, "log_hash": `...)
	dst = canon.AppendString(dst, receipt.LogHash)
	dst = append(dst, `, "logged_at": `...)
	dst = canon.AppendString(dst, receipt.LoggedAt)
	dst = append(dst, `, "revision": `...)
	dst = strconv.AppendInt(dst, receipt.Revision, 10)
	dst = append(dst, `, "duplicate": `...)
	dst = strconv.AppendBool(dst, receipt.Duplicate)
	return append(dst, '}')
}

func writeRejected(b *bytes.Buffer, rejected []rejection) error {
	b.WriteString(`, "rejected": [`)
	for i := range rejected {
		if i > 0 {
			b.WriteString(",\n ")
		}
		text, err := json.Marshal(&rejected[i])
		if err != nil {
			return err
		}
		b.Write(text)
	}
	b.WriteByte(']')
	return nil
}
