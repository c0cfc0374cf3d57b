package httpd

import (
	"bytes"
	"net/http"

	"github.com/daybook-audit/daybook"
)

// createToken makes a token and shows its text, this once.
func (s *Server) createToken(w http.ResponseWriter, r *http.Request, p daybook.Principal) error {
	if err := s.keeps(r); err != nil {
		return err
	}
	if _, err := wantType(r, "application/json"); err != nil {
		return err
	}
	body, err := s.readBody(w, r)
	if err != nil {
		return err
	}
	defer putBuffer(body)
	asked, err := parseTokenRequest(body)
	if err != nil {
		return err
	}
	if !s.Tokens.Required() && (asked.Role != daybook.RoleAdmin || asked.Business != "") {
		return &daybook.Error{
			Code: daybook.CodeInvalid, Path: "/role", Message: "the first token shuts this server to all who have none, so it must be an admin's of all businesses",
			Hint: "make one of role admin first, or make this one with daybook token create on the store while no server runs",
		}
	}
	made, err := s.Tokens.Create(r.Context(), p, asked)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := writeJSON(&b, made); err != nil {
		return err
	}
	return sendBytes(w, http.StatusCreated, "application/json", b.Bytes())
}

func parseTokenRequest(body *bytes.Buffer) (daybook.TokenRequest, error) {
	var asked daybook.TokenRequest
	err := parseObject(body, &asked, "what is asked for",
		`send {"name": "ci", "role": "writer", "business": "acme", "agent": "CFO", "expires": "30d"}; the last three may be left out`)
	return asked, err
}

// listTokens shows all tokens, without their text.
func (s *Server) listTokens(w http.ResponseWriter, r *http.Request, p daybook.Principal) error {
	if err := s.keeps(r); err != nil {
		return err
	}
	infos, err := s.Tokens.List(r.Context(), p)
	if err != nil {
		return err
	}
	if infos == nil {
		infos = []daybook.TokenInfo{}
	}
	return sendJSON(w, map[string][]daybook.TokenInfo{"tokens": infos})
}

// revokeToken ends a token by its name or id. The body is empty.
func (s *Server) revokeToken(w http.ResponseWriter, r *http.Request, p daybook.Principal) error {
	if err := s.keeps(r); err != nil {
		return err
	}
	info, err := s.Tokens.Revoke(r.Context(), p, r.PathValue("id"))
	if err != nil {
		return err
	}
	return sendJSON(w, info)
}

// keeps refuses where no tokens are kept, and parameters, which none of the
// calls has.
func (s *Server) keeps(r *http.Request) error {
	if _, err := parameters(r); err != nil {
		return err
	}
	if s.Tokens == nil {
		return &daybook.Error{
			Code: daybook.CodeNotFound, Message: "this server keeps no tokens", Hint: "what stands before it says who may call",
		}
	}
	return nil
}
