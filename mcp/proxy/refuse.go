package proxy

import (
	"errors"
	"strconv"

	"github.com/daybook-audit/daybook"
)

// codeRefused is the JSON-RPC code of a request that was not passed on. It is
// one of those that the specification leaves to implementations.
const codeRefused = -32050

// codeUpstream is that of a request whose server cannot be reached.
const codeUpstream = -32051

// refusals are the answers to requests that are not passed on; nil where there
// is nothing to answer.
func refusals(messages []*node, code int, text string) []byte {
	var dst []byte
	answers := 0
	for _, m := range messages {
		id := m.get("id")
		if !m.get("method").is('"') || id.id() == "" {
			continue
		}
		if answers++; answers > 1 {
			dst = append(dst, ',')
		}
		dst = appendError(dst, id, code, text)
	}
	if answers > 1 {
		dst = append(append([]byte{'['}, dst...), ']')
	}
	return dst
}

// appendError appends a JSON-RPC error; a nil id is one that is not known.
func appendError(dst []byte, id *node, code int, text string) []byte {
	dst = append(dst, `{"jsonrpc":"2.0","id":`...)
	switch {
	case id.is('"'):
		dst = quote(dst, id.text)
	case id.is('0'):
		dst = append(dst, id.text...)
	default:
		dst = append(dst, "null"...)
	}
	dst = append(dst, `,"error":{"code":`...)
	dst = strconv.AppendInt(dst, int64(code), 10)
	dst = quote(append(dst, `,"message":`...), text)
	return append(dst, "}}"...)
}

// whyRefused says why a call is not made, and what to do.
func whyRefused(err error) string {
	text := "daybook mcp proxy: the call was not made, because it cannot be recorded: " + err.Error()
	var ours *daybook.Error
	if errors.As(err, &ours) && ours.Hint != "" {
		text += "; " + ours.Hint
	}
	return text + " (it runs with --fail-closed)"
}
