package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/alecthomas/kong"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/httpd"
	"github.com/daybook-audit/daybook/local"
)

type serveCmd struct {
	Listen       string        `help:"The address to listen on." env:"DAYBOOK_LISTEN" default:"127.0.0.1:7777" placeholder:"HOST:PORT"`
	Host         []string      `help:"A name that it answers to, besides localhost and addresses; may be given again." env:"DAYBOOK_HOST" placeholder:"NAME"`
	AbandonAfter time.Duration `help:"End sessions as ABANDONED that gave no sign of life for so long; 0s for never." default:"24h" env:"DAYBOOK_ABANDON_AFTER"`
	StoreWait    time.Duration `help:"How long to wait at the start for a database that cannot be reached." default:"1m" env:"DAYBOOK_STORE_WAIT"`
	StoreConns   int           `name:"store-connections" help:"Connections to a database at the most, and one for leases." default:"10" env:"DAYBOOK_STORE_CONNECTIONS"`
	PrintConfig  bool          `help:"Print the configuration, with where each value is from, and end." nofile:""`
	serveLimits  `embed:"" group:"Limits:"`
}

func (serveCmd) Help() string {
	return `Takes writes and answers questions over HTTP/JSON until it is interrupted; then it
finishes what it has taken, signs a last checkpoint and closes the store. A second
interrupt ends it at once. SIGHUP reads the log level anew.

Several servers may serve one ledger in PostgreSQL, each with a copy of its key; commands with
--store on the database write beside them, while a SQLite file is held by its server. A server takes
in what jobs have left in the database by SQL, and makes partitions ahead. While the database is away
/readyz and calls are 503. A schema that daybook migrate has not brought up to date is refused.

Each flag may also stand in the environment, or in a file (see --config) under
[serve]; a flag goes before the environment, and that before the file.

While there are no tokens it listens on loopback addresses only, and takes everyone
on the machine for an admin. From the first daybook token create on, each call needs
a token, and it listens on any address.

Examples:
  daybook serve
  daybook serve --store /var/lib/daybook/ledger.db --listen 127.0.0.1:8080
  daybook serve --store postgres://db.example.com/warehouse --store-wait 5m
  daybook serve --config /etc/daybook/daybook.toml --print-config`
}

// The bounds of --store-connections: with fewer, those who read keep those who
// write waiting; more than a server works on at a time none has.
const (
	leastConnections = 6
	mostConnections  = 1000
)

// Validate refuses flags that make no sense.
func (c *serveCmd) Validate() error {
	if c.AbandonAfter < 0 {
		return fmt.Errorf("--abandon-after must not be negative; 0s is never")
	}
	if c.StoreConns < leastConnections || c.StoreConns > mostConnections {
		return fmt.Errorf("--store-connections may be %d to %d", leastConnections, mostConnections)
	}
	if c.StoreWait < 0 {
		return fmt.Errorf("--store-wait must not be negative; 0s does not wait")
	}
	return c.check()
}

func (c *serveCmd) Run(ctx context.Context, g *Globals, k *kong.Context) error {
	if c.PrintConfig {
		return printConfig(g.out, k, string(g.Config))
	}
	if g.Server != "" {
		return usagef("serve opens a store of its own: leave --server and DAYBOOK_URL out")
	}
	listener, err := listenAt(ctx, c.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	registry := newRegistry()
	g.Intake.announce(g.logger)
	o := g.options()
	o.Limits, o.Tune = c.intake(), c.tune
	o.Service = &local.Service{Registry: registry, AbandonAfter: c.AbandonAfter, Wait: c.StoreWait, Connections: int32(c.StoreConns)}
	l, err := local.Open(ctx, g.store(), o)
	if err != nil {
		return err
	}
	if err := g.mayListen(ctx, l, c.Listen); err != nil {
		return errors.Join(err, l.Close(ctx))
	}
	return serve(ctx, g, l, listener, httpd.Config{Limits: c.door(), Hosts: c.Host, Registry: registry})
}

// listenAt opens an address.
func listenAt(ctx context.Context, address string) (net.Listener, error) {
	if _, _, err := net.SplitHostPort(address); err != nil {
		return nil, usagef("--listen wants host:port, such as 127.0.0.1:7777: %v", err)
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, &daybook.Error{Code: daybook.CodeUnavailable, Message: "cannot listen on " + address, Err: err, Hint: "choose another address with --listen; port 0 takes a free one"}
	}
	return listener, nil
}

// serve answers on the listener, as the door is set up, until ctx ends, then
// closes the ledger.
func serve(ctx context.Context, g *Globals, l *local.Local, listener net.Listener, door httpd.Config) error {
	address := listener.Addr().String()
	err := l.Announce(address)
	if err == nil {
		err = enterStart(ctx, l, address, door.Limits)
	}
	if err == nil {
		door.Recorder, door.Reader, door.Prover, door.Tiler = l.Recorder, l.Reader, l.Prover, l.Tiler
		door.Tokens, door.MayProve = l.Tokens, l.MayProve
		door.Ready, door.QueueFull, door.Logger, door.Version = l.Ready, l.QueueFull, g.logger, versionText()
		door.Doors = doorsOf(l, g.logger, door.Registry)
		server := httpd.New(door)
		if g.LogFormat == "text" {
			fmt.Fprintf(g.err, "daybook: serving %s on http://%s (%s)\n", g.where(), address, whoMayCall(l))
		}
		ended := g.attend(ctx, l, address)
		err = server.Serve(ctx, listener)
		ended()
	}
	g.logger.Info("closing the ledger")
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer cancel()
	begun := time.Now()
	if closeErr := l.Close(closing); err == nil {
		err = closeErr
	}
	g.logger.Info("closed", "took", time.Since(begun))
	return err
}
