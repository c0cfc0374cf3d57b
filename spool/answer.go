package spool

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/daybook-audit/daybook"
)

// A problem is what is read of an RFC 9457 problem.
type problem struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Path   string `json:"path,omitempty"`
	Hint   string `json:"hint,omitempty"`
}

// An answer is what a server says of a batch.
type answer struct {
	Receipts []struct {
		LogID string `json:"log_id"`
	} `json:"receipts"`
	Rejected []struct {
		Index   int             `json:"index"`
		Problem json.RawMessage `json:"problem"`
	} `json:"rejected"`
}

// judged reads what became of each line. It ends in front of the first that
// the server cannot take just now.
func (s *sender) judged(body []byte, lines []line) ([]verdict, error) {
	verdicts, later, err := judge(body, lines)
	if err != nil {
		return nil, &failure{err: fmt.Errorf("%s does not answer as Daybook does: %w", s.o.URL, err)}
	}
	if later != nil {
		return verdicts, &failure{err: fmt.Errorf("%s cannot take a record just now: %d %s", s.o.URL, later.Status, daybook.Clip(later.Detail))}
	}
	return verdicts, nil
}

// judge holds an answer against the lines it should be about. A problem says
// why the verdicts end before the lines do.
func judge(body []byte, lines []line) ([]verdict, *problem, error) {
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, nil, errors.New("it is not the JSON of receipts")
	}
	if a.Receipts == nil || len(a.Receipts)+len(a.Rejected) != len(lines) {
		return nil, nil, fmt.Errorf("%d receipts and %d rejected for %d records", len(a.Receipts), len(a.Rejected), len(lines))
	}
	verdicts := make([]verdict, len(lines))
	for _, r := range a.Rejected {
		if r.Index < 0 || r.Index >= len(lines) || verdicts[r.Index].problem != nil || r.Problem == nil {
			return nil, nil, errors.New("it rejects what was not sent, or one record twice")
		}
		verdicts[r.Index].problem = r.Problem
	}
	receipts := a.Receipts
	for i := range lines {
		if verdicts[i].problem != nil {
			continue
		}
		if receipts[0].LogID == "" || !bytes.Contains(lines[i].record, []byte(`"`+receipts[0].LogID+`"`)) {
			return nil, nil, errors.New("a receipt is not of the record that was sent")
		}
		receipts = receipts[1:]
	}
	return firstLater(verdicts)
}

// firstLater cuts the verdicts off in front of the first record that is not
// refused for good. What came behind it is sent again as well, or it would
// overtake.
func firstLater(verdicts []verdict) ([]verdict, *problem, error) {
	for i := range verdicts {
		if verdicts[i].problem == nil {
			continue
		}
		var p problem
		if err := json.Unmarshal(verdicts[i].problem, &p); err != nil {
			return nil, nil, errors.New("a problem is none")
		}
		if !isForGood(p.Status) {
			return verdicts[:i], &p, nil
		}
	}
	return verdicts, nil, nil
}

// isForGood says that a record is refused for what it says, and would be
// again.
func isForGood(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusConflict,
		http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return true
	}
	return false
}
