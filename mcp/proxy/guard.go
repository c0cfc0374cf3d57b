package proxy

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// foreign says why a request may come from a web page of another site, which a
// browser lets speak to this machine once its name leads here (DNS rebinding).
// It is "" for one that may pass.
func (g *gateway) foreign(r *http.Request) string {
	if !g.loopback {
		return ""
	}
	if !isLocal(r.Host) {
		return "daybook mcp proxy: the Host header names another machine; call it as 127.0.0.1 or localhost"
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return ""
	}
	if u, err := url.Parse(origin); err != nil || !isLocal(u.Host) {
		return "daybook mcp proxy: the request comes from a web page of another site"
	}
	return ""
}

// isLocal says that a host, with a port or without, is this machine.
func isLocal(host string) bool {
	name := (&url.URL{Host: host}).Hostname()
	ip := net.ParseIP(name)
	return strings.EqualFold(name, "localhost") || ip != nil && ip.IsLoopback()
}
