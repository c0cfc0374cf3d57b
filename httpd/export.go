package httpd

import (
	"bufio"
	"math"
	"net/http"
	"time"

	"github.com/daybook-audit/daybook"
)

// exportChunk is how much of an export is sent at a time, in bytes.
const exportChunk = 64 << 10

// export streams entries, all revisions, in ledger order, one a line. What
// goes wrong after the first line cuts the connection, so that the client sees
// that the rest is missing.
func (s *Server) export(w http.ResponseWriter, r *http.Request, p daybook.Principal) error {
	q, err := exportQuery(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	connection := http.NewResponseController(w)
	out := bufio.NewWriterSize(flushing{w, connection, s.AnswerTimeout}, exportChunk)
	var line []byte
	err = s.Reader.Export(r.Context(), p, q, func(e *daybook.Entry) error {
		line = append(e.AppendExport(line[:0]), '\n')
		_, err := out.Write(line)
		return err
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

// flushing sends every write at once, and gives the client time anew for it: a
// long export may take long, a client that stopped reading may not.
type flushing struct {
	http.ResponseWriter
	connection *http.ResponseController
	each       time.Duration // for the client to take it
}

func (f flushing) Write(b []byte) (int, error) {
	// A writer without deadlines, as in tests, does without.
	_ = f.connection.SetWriteDeadline(time.Now().Add(f.each))
	n, err := f.ResponseWriter.Write(b)
	if err != nil {
		return n, err
	}
	return n, f.connection.Flush()
}

func exportQuery(r *http.Request) (daybook.ExportQuery, error) {
	var q daybook.ExportQuery
	values, err := parameters(r, "kind", "since", "from", "limit")
	if err != nil {
		return q, err
	}
	if name := values.Get("kind"); name != "" {
		if q.Kind, err = daybook.KindNamed(name); err != nil {
			return q, err
		}
	}
	if q.Since, err = timeIn(values, "since"); err != nil {
		return q, err
	}
	if q.From, err = countIn(values, "from", math.MaxInt64); err != nil {
		return q, err
	}
	limit, err := countIn(values, "limit", math.MaxInt)
	q.Limit = int(limit)
	return q, err
}
