package proxy

import (
	"context"
	"errors"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"

	"github.com/daybook-audit/daybook"
)

// A gateway stands in front of a server that is reached over HTTP: by
// streamable HTTP in any of its versions, or by HTTP with SSE, which came
// before it. Messages pass as they are, both ways, as soon as they come.
type gateway struct {
	proxy    *Proxy
	upstream *url.URL
	loopback bool // only this machine can reach it
	links    *links
	reverse  *httputil.ReverseProxy
}

// HTTPOptions set a handler up. The zero value works.
type HTTPOptions struct {
	Loopback  bool            // only this machine comes in: refuse what a web page made a browser send
	Transport *http.Transport // to the server; nil for one without a bound on how long an answer takes
}

// Handler gives what stands in front of the server at a URL. A request for /
// goes to the path of that URL, every other one to its own path on that host.
func (p *Proxy) Handler(upstream string, o HTTPOptions) (http.Handler, error) {
	u, err := url.Parse(upstream)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Fragment != "" {
		return nil, &daybook.Error{
			Code: daybook.CodeInvalid, Message: "this is not the address of an MCP server",
			Hint: "give one such as https://mcp.example.com/mcp",
		}
	}
	if o.Transport == nil {
		o.Transport = upstreamTransport()
	}
	g := &gateway{proxy: p, upstream: u, loopback: o.Loopback, links: newLinks(p)}
	p.ends = append(p.ends, func() { g.links.close("the proxy ended before it was answered") })
	g.reverse = &httputil.ReverseProxy{
		Rewrite: g.rewrite, ModifyResponse: g.answered, ErrorHandler: g.unreachable, Transport: o.Transport,
		FlushInterval: -1, // what a server says is to be heard at once
		ErrorLog:      log.New(quiet{p.o.Logger}, "", 0),
	}
	return g, nil
}

// upstreamTransport has no bound on how long an answer takes: a tool may work
// for hours.
func upstreamTransport() *http.Transport {
	t := &http.Transport{}
	if standard, ok := http.DefaultTransport.(*http.Transport); ok {
		t = standard.Clone()
	}
	t.DisableCompression = true // else it would add what the client did not ask for
	t.MaxIdleConnsPerHost = 64
	t.DialContext = (&net.Dialer{Timeout: 30 * time.Second, KeepAlive: 15 * time.Second}).DialContext
	return t
}

// quiet logs what the standard library says of a broken stream, which is said
// in the ledger too.
type quiet struct{ logger *slog.Logger }

func (q quiet) Write(p []byte) (int, error) {
	q.logger.Debug("a stream broke", "error", string(p))
	return len(p), nil
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if why := g.foreign(r); why != "" {
		refuseHTTP(w, http.StatusForbidden, appendError(nil, nil, codeRefused, why))
		return
	}
	x := &exchange{gateway: g, link: g.links.of(r), method: r.Method}
	if r.Method == http.MethodPost && r.Body != nil {
		if !x.admit(w, r) {
			return
		}
	}
	r = r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x))
	x.client = r.Context()
	x.link.stream(+1)
	defer func() { // also where the answer broke off, which is a panic
		x.link.stream(-1)
		x.finish(errors.New("the answer broke off"))
	}()
	g.reverse.ServeHTTP(w, r)
}

type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// rewrite turns the client's request into the one for the server.
func (g *gateway) rewrite(r *httputil.ProxyRequest) {
	out := r.Out.URL
	out.Scheme, out.Host, out.User = g.upstream.Scheme, g.upstream.Host, g.upstream.User
	if out.Path == "" || out.Path == "/" {
		out.Path, out.RawPath = g.upstream.Path, g.upstream.RawPath
	}
	if g.upstream.RawQuery != "" && out.Path == g.upstream.Path {
		if out.RawQuery != "" {
			out.RawQuery = "&" + out.RawQuery
		}
		out.RawQuery = g.upstream.RawQuery + out.RawQuery
	}
	r.Out.Host = ""
	r.Out.Header.Del("Accept-Encoding") // what cannot be read cannot be recorded
}

// unreachable answers a request that did not reach the server, or whose answer
// did not come.
func (g *gateway) unreachable(w http.ResponseWriter, r *http.Request, err error) {
	x := exchangeOf(r.Context())
	if r.Context().Err() != nil { // nobody listens any more
		x.finish(errClientGone)
		return
	}
	why := "the server broke the connection before it was answered: "
	var network *net.OpError
	if errors.As(err, &network) && network.Op == "dial" {
		why = "the server cannot be reached: "
		x.link.down("the server cannot be reached any more")
	}
	why += reason(err)
	x.finish(&lost{why})
	body := refusals(x.asked(), codeUpstream, "daybook mcp proxy: "+why)
	if body == nil {
		body = appendError(nil, nil, codeUpstream, "daybook mcp proxy: "+why)
	}
	refuseHTTP(w, http.StatusBadGateway, body)
}

// reason is an error without the address, which may hold a key.
func reason(err error) string {
	var at *url.Error
	if errors.As(err, &at) {
		err = at.Err
	}
	return err.Error()
}

func refuseHTTP(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // a client that is gone needs no answer
}
