package postgres

import (
	"io"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5/pgproto3"
)

// poolerBefore is a pooler that asks the server for a user and a database and
// keeps all else from it, as PgBouncer does with what it is told to ignore.
func poolerBefore(t *testing.T, address string) string {
	t.Helper()
	to, err := url.Parse(address)
	must(t, err)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	server := to.Host
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go pool(c, server)
		}
	}()
	to.Host = listener.Addr().String()
	return to.String()
}

func pool(client net.Conn, address string) {
	defer client.Close()
	said, err := pgproto3.NewBackend(client, client).ReceiveStartupMessage()
	startup, ok := said.(*pgproto3.StartupMessage)
	if err != nil || !ok {
		return
	}
	server, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer server.Close()
	few := map[string]string{"user": startup.Parameters["user"], "database": startup.Parameters["database"]}
	ask := pgproto3.NewFrontend(server, server)
	ask.Send(&pgproto3.StartupMessage{ProtocolVersion: startup.ProtocolVersion, Parameters: few})
	if ask.Flush() != nil {
		return
	}
	go func() { _, _ = io.Copy(server, client) }()
	_, _ = io.Copy(client, server)
}

// A pooler that keeps from the server how a connection is to be set up is not
// worked through: it would be found out by wrong answers, or by nobody signing.
func TestPoolersAreRefused(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	_ = openStore(t, address, Options{})
	for _, o := range []Options{{}, {ReadOnly: true}} {
		s, err := Open(t.Context(), poolerBefore(t, address), o)
		if err == nil {
			_ = s.Close()
		}
		if daybook.CodeOf(err) != daybook.CodeInvalid || !strings.Contains(err.Error(), "pooler") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}
