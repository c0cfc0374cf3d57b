package proxy

// admit writes what the client is about to do. An error means that it must not,
// with the answer to give it.
func (p *Proxy) admit(l *link, messages []*node, ok bool) (intents []intent, answer []byte, err error) {
	if !ok && p.o.Closed {
		text := "daybook mcp proxy: the message cannot be read as JSON-RPC, so it cannot be recorded, and was not passed on (it runs with --fail-closed)"
		return nil, appendError(nil, nil, codeRefused, text), errUnread
	}
	p.unread(ok, "client")
	intents = l.fromClient(messages)
	if len(intents) == 0 {
		return nil, nil, nil
	}
	if err := p.scribe.intents(intents); err != nil && p.o.Closed && !onlyHandshakes(intents) {
		l.refuse(intents)
		return nil, refusals(messages, codeRefused, whyRefused(err)), err
	}
	return intents, nil, nil
}

// handshakes are the requests by which a connection begins. They do nothing, so
// they pass unrecorded if they must: a client without a connection could not be
// told why its calls are refused, nor go on when they are not any more.
var handshakes = map[string]bool{"initialize": true, "server/discover": true}

func onlyHandshakes(intents []intent) bool {
	for _, i := range intents {
		if !handshakes[i.call.method] {
			return false
		}
	}
	return true
}
