package main

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/daybook-audit/daybook/local"
)

// attend tells, while a server serves, the log and the service manager how it
// stands, and sets the log level anew on SIGHUP. The function that it gives
// must be called when serving has ended.
func (g *Globals) attend(ctx context.Context, l *local.Local, address string) (ended func()) {
	size, err := l.Size(ctx)
	if err != nil {
		g.logger.Warn("the size of the ledger is not known", "error", err)
	}
	watching, stop := context.WithCancel(ctx)
	stopHangups := g.hangups(watching) // before anybody hears that there is a server: a hangup would end it
	g.logger.Info("serving", "version", versionText(), "store", g.where(), "url", "http://"+address,
		"entries", size, "config", string(g.Config), "pid", os.Getpid())
	notify(g.logger, "READY=1\nSTATUS=serving on "+address)
	watchdog(watching, g.logger, l.Ready)
	ending := sync.OnceFunc(func() {
		g.logger.Info("ending", "because", context.Cause(ctx).Error())
		notify(g.logger, "STOPPING=1")
	})
	forget := context.AfterFunc(ctx, ending)
	return func() {
		forget()
		if ctx.Err() != nil { // a server without requests may have ended before that function ran
			ending()
		}
		stop()
		stopHangups()
	}
}

// hangups sets the log level anew on each SIGHUP, from the environment and the
// file. Everything else is read when the server starts.
func (g *Globals) hangups(ctx context.Context) (stop func()) {
	if g.again == nil {
		return func() {}
	}
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP)
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-c:
				g.relevel()
			}
		}
	}()
	return func() { signal.Stop(c) }
}

func (g *Globals) relevel() {
	level, err := g.again()
	if err != nil {
		g.logger.Warn("the configuration was not read anew", "error", err)
		return
	}
	_ = g.level.UnmarshalText([]byte(level)) // kong's enum lets nothing else through
	g.logger.Info("the log level was read anew", "level", level)
}
