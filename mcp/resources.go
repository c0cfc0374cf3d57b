package mcp

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/daybook-audit/daybook"
)

// The resources' addresses.
const (
	kindsURI    = "daybook://kinds"
	kindURI     = "daybook://kinds/{kind}"
	entryURI    = "daybook://entries/{kind}/{id}"
	entryPrefix = "daybook://entries/"
)

// addResources offers the reference of the kinds to everybody, and entries to
// those who may read.
func (s *Server) addResources(server *sdk.Server, a audience) {
	server.AddResource(&sdk.Resource{
		URI: kindsURI, Name: "kinds", Title: "Kinds of record", MIMEType: "text/markdown",
		Description: "Every kind of record, a line each.",
	}, func(context.Context, *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
		return markdown(kindsURI, kindsText()), nil
	})
	server.AddResourceTemplate(&sdk.ResourceTemplate{
		URITemplate: kindURI, Name: "kind", Title: "A kind of record", MIMEType: "text/markdown",
		Description: "The fields of a kind, such as decision_logs: types, meaning, words expected, and which an amendment may fill.",
	}, readKind)
	if a.asks {
		server.AddResourceTemplate(&sdk.ResourceTemplate{
			URITemplate: entryURI, Name: "entry", Title: "An entry", MIMEType: "application/json",
			Description: "The current state of a subject of a kind, by its id.",
		}, s.readEntry)
	}
}

func markdown(uri, text string) *sdk.ReadResourceResult {
	return &sdk.ReadResourceResult{Contents: []*sdk.ResourceContents{{URI: uri, MIMEType: "text/markdown", Text: text}}}
}

func kindsText() string {
	var b strings.Builder
	b.WriteString("# Kinds\n\n")
	for _, k := range daybook.Kinds() {
		fmt.Fprintf(&b, "- `%s`: %s", k.Name, k.Doc())
		if k.Restricted {
			b.WriteString(" Written by Daybook itself, or by an admin.")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func readKind(_ context.Context, r *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
	k, err := daybook.KindNamed(strings.TrimPrefix(r.Params.URI, kindsURI+"/"))
	if err != nil {
		return nil, sdk.ResourceNotFoundError(r.Params.URI)
	}
	var b bytes.Buffer
	k.Markdown(&b)
	return markdown(r.Params.URI, b.String()), nil
}

func (s *Server) readEntry(ctx context.Context, r *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
	name, escaped, _ := strings.Cut(strings.TrimPrefix(r.Params.URI, entryPrefix), "/")
	id, err := url.PathUnescape(escaped)
	k, kindErr := daybook.KindNamed(name)
	if err != nil || kindErr != nil {
		return nil, sdk.ResourceNotFoundError(r.Params.URI)
	}
	c, _ := ctx.Value(callerKey{}).(caller)
	e, err := s.Reader.Get(ctx, c.principal, k, id)
	if daybook.CodeOf(err) == daybook.CodeNotFound {
		return nil, sdk.ResourceNotFoundError(r.Params.URI)
	}
	if err != nil {
		s.logRefusal(ctx, "resources/read", err)
		return nil, err
	}
	return &sdk.ReadResourceResult{Contents: []*sdk.ResourceContents{{
		URI: r.Params.URI, MIMEType: "application/json", Text: string(whole(e.AppendExport(nil))),
	}}}, nil
}
