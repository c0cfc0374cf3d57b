package httpd

import (
	"net/http"
	"strings"

	"github.com/daybook-audit/daybook"
)

// cost tells what agents spent.
func (s *Server) cost(w http.ResponseWriter, r *http.Request, p daybook.Principal) error {
	q, err := costQuery(r)
	if err != nil {
		return err
	}
	coster, ok := s.Reader.(daybook.Coster)
	if !ok {
		return &daybook.Error{
			Code: daybook.CodeInvalid, Message: "this server does not add up costs",
			Hint: "ask in SQL, with POST /v1/query",
		}
	}
	answer, err := coster.Cost(r.Context(), p, q)
	if err != nil {
		return err
	}
	return sendJSON(w, answer)
}

func costQuery(r *http.Request) (daybook.CostQuery, error) {
	var q daybook.CostQuery
	values, err := parameters(r, "by", "since", "until", "business_id", "limit")
	if err != nil {
		return q, err
	}
	if by := values.Get("by"); by != "" {
		q.By = strings.Split(by, ",")
	}
	if err := daybook.CheckCostBy(q.By); err != nil {
		return q, err
	}
	if q.Since, err = timeIn(values, "since"); err != nil {
		return q, err
	}
	if q.Until, err = timeIn(values, "until"); err != nil {
		return q, err
	}
	q.Business = values.Get("business_id")
	limit, err := countIn(values, "limit", daybook.MaxCostGroups)
	q.Limit = int(limit)
	return q, err
}
