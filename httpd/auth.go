package httpd

import (
	"net/http"
	"strings"

	"github.com/daybook-audit/daybook"
)

// byToken says who calls: whoever the token of the request stands for, or on a
// ledger that never had one whoever is let near.
func (s *Server) byToken(r *http.Request) (daybook.Principal, error) {
	if s.Tokens == nil || !s.Tokens.Required() {
		return daybook.Local, nil
	}
	text, err := bearer(r)
	if err != nil {
		return daybook.Principal{}, err
	}
	return s.Tokens.Authenticate(r.Context(), text, remoteHost(r))
}

// bearer gives the token of a request (RFC 6750, section 2.1). In a URL it
// would stand in logs, so it is not looked for there.
func bearer(r *http.Request) (string, error) {
	given := r.Header.Values("Authorization")
	if len(given) == 1 {
		if scheme, text, ok := strings.Cut(given[0], " "); ok && strings.EqualFold(scheme, "Bearer") {
			return strings.TrimSpace(text), nil
		}
	}
	e := &daybook.Error{
		Code: daybook.CodeUnauthorized, Message: "this call needs a token",
		Hint: "send Authorization: Bearer dbk_…; daybook takes it from --token or DAYBOOK_TOKEN, and an admin makes one with daybook token create",
	}
	if len(given) > 0 {
		e.Message = "the Authorization header is not one Bearer token"
	}
	return "", e
}
