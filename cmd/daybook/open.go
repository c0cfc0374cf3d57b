package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/httpd"
	"github.com/daybook-audit/daybook/local"
)

// isLoopback says that only this machine can reach an address.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

// mayListen refuses an address that others than this machine can reach, as
// long as no token keeps anybody out.
func (g *Globals) mayListen(ctx context.Context, l *local.Local, address string) error {
	if isLoopback(address) {
		return nil
	}
	active, err := l.Tokens.Active(ctx)
	if err != nil || active > 0 {
		return err
	}
	return &daybook.Error{
		Code: daybook.CodeForbidden, Message: "will not listen on " + address + ": without a token everyone who reaches it could read and write",
		Hint: "make one with: daybook token create root --role admin --store " + storeName(g.store()).String() + "\n  or listen on 127.0.0.1",
	}
}

// whoMayCall says who is let in.
func whoMayCall(l *local.Local) string {
	if l.Tokens.Required() {
		return "who has a token may call"
	}
	return "no tokens: everyone on this machine may read and write"
}

// enters says whether the start of a server is entered into the ledger. It is,
// but in tests that count every write.
var enters = true

// enterStart enters into the ledger that a server starts, with what matters of
// how it is set up.
func enterStart(ctx context.Context, l *local.Local, address string, limits httpd.Limits) error {
	if !enters {
		return nil
	}
	limits = limits.OrDefault()
	details, err := json.Marshal(map[string]any{
		"listen": address, "tokens": l.Tokens.Required(), "version": versionText(), "public_key": l.Public(),
		"max_body": limits.MaxBody, "max_records": limits.MaxRecords, "max_requests": limits.MaxRequests, "max_connections": limits.MaxConnections,
	})
	if err != nil {
		return err
	}
	r, err := daybook.RecordOf(daybook.LedgerEvent{
		BusinessID: daybook.AllBusinesses, EventType: "server_started", OccurredAt: time.Now(), Actor: daybook.Local.Name, Target: address, Details: details,
	})
	if err != nil {
		return err
	}
	if _, err := l.Recorder.Record(ctx, daybook.Itself, []daybook.Record{r}); err != nil {
		return fmt.Errorf("the start of the server could not be entered: %w", err)
	}
	return nil
}
