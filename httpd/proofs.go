package httpd

import (
	"math"
	"net/http"

	"github.com/daybook-audit/daybook"
	"github.com/google/uuid"
)

// checkpoint gives the newest signed checkpoint as it was signed.
func (s *Server) checkpoint(w http.ResponseWriter, r *http.Request, _ daybook.Principal) error {
	if _, err := parameters(r); err != nil {
		return err
	}
	signed, err := s.Prover.Checkpoint(r.Context())
	if err != nil {
		return err
	}
	if len(signed) == 0 {
		return &daybook.Error{
			Code: daybook.CodeNotFound, Message: "there is no checkpoint yet",
			Hint: "the first one is signed within a second of the first entry",
		}
	}
	return sendBytes(w, http.StatusOK, "text/plain; charset=utf-8", signed)
}

// inclusion proves that an entry is under the newest checkpoint.
func (s *Server) inclusion(w http.ResponseWriter, r *http.Request, p daybook.Principal) error {
	values, err := parameters(r, "log_id")
	if err != nil {
		return err
	}
	text, err := needed(values, "log_id", "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01")
	if err != nil {
		return err
	}
	id, err := uuid.Parse(text)
	if err != nil || len(text) != 36 {
		e := daybook.Invalidf("/log_id", "is not a UUID")
		e.Hint = "give the log_id of a receipt"
		return e
	}
	if err := s.mayProve(r, p, id.String()); err != nil {
		return err
	}
	proof, err := s.Prover.Inclusion(r.Context(), id.String())
	if err != nil {
		return err
	}
	whole := *proof
	whole.Hashes = notNil(whole.Hashes)
	return sendJSON(w, &whole)
}

// consistency proves that the ledger of one size is a prefix of another.
func (s *Server) consistency(w http.ResponseWriter, r *http.Request, _ daybook.Principal) error {
	values, err := parameters(r, "from", "to")
	if err != nil {
		return err
	}
	for _, name := range []string{"from", "to"} {
		if _, err := needed(values, name, "1000"); err != nil {
			return err
		}
	}
	from, err := countIn(values, "from", math.MaxInt64)
	if err != nil {
		return err
	}
	to, err := countIn(values, "to", math.MaxInt64)
	if err != nil {
		return err
	}
	if from > to {
		e := daybook.Invalidf("/to", "is less than from")
		e.Hint = "give the older size in from and the newer in to"
		return e
	}
	proof, err := s.Prover.Consistency(r.Context(), from, to)
	if err != nil {
		return err
	}
	whole := *proof
	whole.Hashes = notNil(whole.Hashes)
	return sendJSON(w, &whole)
}

// notNil makes a list of none an empty array instead of null.
func notNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
