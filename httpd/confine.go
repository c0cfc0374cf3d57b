package httpd

import (
	"net/http"

	"github.com/daybook-audit/daybook"
)

// mayProve refuses a proof of an entry that is not of the business that the
// caller is bound to, in the words in which the ledger says that there is none.
// A door that cannot tell whose an entry is proves nothing to those.
func (s *Server) mayProve(r *http.Request, p daybook.Principal, logID string) error {
	if p.Business == "" {
		return nil
	}
	if s.MayProve == nil {
		return &daybook.Error{
			Code: daybook.CodeForbidden, Message: "this server proves nothing to tokens that are bound to one business",
			Hint: "use a token that is bound to none",
		}
	}
	return s.MayProve(r.Context(), p, logID)
}
