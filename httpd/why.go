package httpd

import (
	"net/http"

	"github.com/daybook-audit/daybook"
)

// why tells how a node came to hold what it holds.
func (s *Server) why(w http.ResponseWriter, r *http.Request, p daybook.Principal) error {
	q, err := whyQuery(r)
	if err != nil {
		return err
	}
	answer, err := s.Reader.Why(r.Context(), p, q)
	if err != nil {
		return err
	}
	return sendJSON(w, answer)
}

func whyQuery(r *http.Request) (daybook.WhyQuery, error) {
	var q daybook.WhyQuery
	values, err := parameters(r, "node", "depth", "as_of", "limit")
	if err != nil {
		return q, err
	}
	if q.Node, err = needed(values, "node", "gold.us_corn_balance_sheet"); err != nil {
		return q, err
	}
	depth, err := countIn(values, "depth", daybook.MaxDepth)
	if err != nil {
		return q, err
	}
	limit, err := countIn(values, "limit", daybook.MaxWhyList)
	if err != nil {
		return q, err
	}
	q.Depth, q.Limit = int(depth), int(limit)
	q.AsOf, err = timeIn(values, "as_of")
	return q, err
}
