package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

// beside sends the conversations that Daybook took over HTTP at some rate to
// the VictoriaLogs that was named, in the same batches by as many clients, and
// prints how the two rates compare; nothing where none was named.
//
// The two do not promise the same: a receipt of Daybook says that the entry is
// on the disk, hashed and in the tree, while VictoriaLogs answers when it has
// the lines in memory, and writes them within seconds
// (https://docs.victoriametrics.com/victorialogs/data-ingestion/).
func (b *bench) beside(rate float64) error {
	if b.victoriaLogs == "" {
		return nil
	}
	address, err := jsonLines(b.victoriaLogs)
	if err != nil {
		return err
	}
	all, err := records(b.n, func(i int) any { return conversation(i) })
	if err != nil {
		return err
	}
	bodies := bodiesOf(all, lines)
	took, err := b.each(len(bodies), func(ctx context.Context, i int) error {
		return post(ctx, http.DefaultClient, address, http.Header{"Content-Type": {"application/stream+json"}}, bodies[i])
	})
	if err != nil {
		return fmt.Errorf("VictoriaLogs at %s: %w", b.victoriaLogs, err)
	}
	peer := b.line("VictoriaLogs, in memory when it answers", b.n, took, 0)
	fmt.Fprintf(b.w, "  %-52s %10.2f\n", "Daybook over HTTP, for each entry of VictoriaLogs", rate/peer)
	return nil
}

// jsonLines is where a VictoriaLogs takes JSON lines: a stream for each agent,
// by the time at which the conversation began
// (https://docs.victoriametrics.com/victorialogs/data-ingestion/#json-stream-api).
func jsonLines(base string) (string, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return "", fmt.Errorf("-victorialogs %q is no URL; give one such as http://127.0.0.1:9428", base)
	}
	u = u.JoinPath("insert", "jsonline")
	u.RawQuery = url.Values{
		"_stream_fields": {"agent_position"}, "_time_field": {"started_at"}, "_msg_field": {"response_preview"},
	}.Encode()
	return u.String(), nil
}
