package httpd

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/daybook-audit/daybook"
)

// A Door is a call of another protocol, which is served beside the API's own
// calls and behind the same guard, tokens, bounds, compression, metrics and log.
type Door struct {
	Method  string
	Pattern string // as [http.ServeMux] has it, without the method
	Does    string // in a line
	// Roles are those who may call; nil for anybody, without a token. A door
	// narrows further what each of them may do.
	Roles []daybook.Role
	// Types are the content types that it takes; a body without one is of the first.
	Types []string
	// Operation describes the call in OpenAPI: operationId, description,
	// parameters, requestBody, and responses by status, of which one that is nil
	// is the problem that the API's own calls answer. Who may call, and what may
	// go wrong with every call, is added.
	Operation map[string]any
	// Answer answers. The body of the request is here whole, decompressed and
	// within the bounds. An error is answered as a problem.
	Answer func(w http.ResponseWriter, r *http.Request, p daybook.Principal) error
}

// route makes the door one of the routes.
func (d Door) route() route {
	return route{Method: d.Method, Pattern: d.Pattern, Does: d.Does, roles: d.Roles, answer: d.answer}
}

// answer receives the body and hands the request on.
func (d Door) answer(s *Server, w http.ResponseWriter, r *http.Request, p daybook.Principal) error {
	if _, err := anyParameters(r); err != nil {
		return err
	}
	if d.Method == http.MethodGet {
		return d.Answer(w, r, p)
	}
	media, err := wantType(r, d.Types...)
	if err != nil {
		return err
	}
	body, err := s.readBody(w, r)
	if err != nil {
		return err
	}
	defer putBuffer(body)
	received := r.Clone(r.Context())
	received.Body, received.ContentLength = io.NopCloser(bytes.NewReader(body.Bytes())), int64(body.Len())
	received.Header.Set("Content-Type", media)
	received.Header.Del("Content-Encoding")
	return d.Answer(w, received, p)
}

// routesWith lists the API's own calls, and those of other doors.
func routesWith(doors []Door) []route {
	all := routes()
	for _, d := range doors {
		all = append(all, d.route())
	}
	return all
}

// object gives the call as the OpenAPI document has it.
func (d Door) object() object {
	c := call{id: fmt.Sprint(d.Operation["operationId"]), tag: "agents", answers: map[int]object{}}
	answers, _ := d.Operation["responses"].(object)
	for text, answer := range answers {
		status, err := strconv.Atoi(text)
		switch described, _ := answer.(object); {
		case err != nil:
			panic("httpd: the door " + d.Pattern + " has a status " + text)
		case described == nil:
			c.refusals = append(c.refusals, status)
		default:
			c.answers[status] = described
		}
	}
	o := c.object(d.route())
	for _, name := range []string{"description", "parameters", "requestBody"} {
		if d.Operation[name] != nil {
			o[name] = d.Operation[name]
		}
	}
	return o
}
