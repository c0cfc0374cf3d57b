package httpd

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
)

// guard refuses what a web page of somebody else's may make a browser send. A
// page that rebinds its own name to our address still sends that name as Host,
// so names are refused unless they are known; and a page that calls across
// origins sends its Origin.
func (s *Server) guard(r *http.Request) error {
	if !s.knows(r.Host) {
		return &daybook.Error{
			Code: daybook.CodeForbidden, Message: "this server does not answer to the host " + daybook.Clip(r.Host),
			Hint: "use localhost or an IP address, or have the server's operator name it: daybook serve --host NAME",
		}
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return nil
	}
	u, err := url.Parse(origin)
	if err == nil && u.Host != "" && (strings.EqualFold(u.Host, r.Host) || s.listed(u.Host)) {
		return nil
	}
	return &daybook.Error{
		Code: daybook.CodeForbidden, Message: "pages of " + daybook.Clip(origin) + " may not call this server",
		Hint: "call it from a page of its own, or from a program",
	}
}

// knows says whether a Host is one that no page can make its own: an address, a
// loopback name, a listed name, or none at all, which no browser sends.
func (s *Server) knows(host string) bool {
	name := hostname(host)
	if name == "" || name == "localhost" || strings.HasSuffix(name, ".localhost") || s.listed(host) {
		return true
	}
	_, err := netip.ParseAddr(name)
	return err == nil
}

func (s *Server) listed(host string) bool {
	name := hostname(host)
	return slices.ContainsFunc(s.Hosts, func(h string) bool {
		return strings.EqualFold(h, host) || strings.EqualFold(h, name)
	})
}

// hostname is a Host without its port, brackets and last dot, in lower case.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}
