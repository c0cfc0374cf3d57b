package postgres

import (
	"context"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
)

// A process that is killed has its sockets closed by its kernel, and PostgreSQL
// ends its transaction and gives its locks back at once. A machine that loses
// power or network says nothing: probes of the connection find out, and these
// are how often. So long may a dead machine hold a lock.
var probes = net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 3}

// probing has our end of a connection look whether the other is there.
func probing(config *pgx.ConnConfig) {
	config.DialFunc = (&net.Dialer{KeepAliveConfig: probes, Timeout: config.ConnectTimeout}).DialContext
}

// serverProbes are the same for the server's end, and what it does while a
// statement runs or waits for a lock: by itself it does not read from the
// connection then, and would not see that it is closed. What the operator has
// set anywhere stands. Sockets of Unix need none of it, and a server on Windows
// knows no check interval.
const serverProbes = `SELECT set_config(s.name, p.value, false)
	FROM (VALUES ('tcp_keepalives_idle', '10'), ('tcp_keepalives_interval', '5'), ('tcp_keepalives_count', '3'),
		('tcp_user_timeout', '25000'), ('client_connection_check_interval', '2000')) AS p (name, value)
	JOIN pg_settings AS s USING (name)
	WHERE s.source = 'default' AND current_setting('dynamic_shared_memory_type') <> 'windows'`

// probed has the server's end of a connection look whether ours is there.
func probed(ctx context.Context, c *pgx.Conn) error {
	_, err := c.Exec(ctx, serverProbes)
	return err
}
