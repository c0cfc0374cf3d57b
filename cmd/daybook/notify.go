package main

import (
	"context"
	"log/slog"
	"net"
	"os"
	"strconv"
	"time"
)

// notify tells systemd, or whoever else started the process with a
// NOTIFY_SOCKET, how it stands (see sd_notify(3)). Without one it does nothing.
func notify(logger *slog.Logger, state string) {
	name := os.Getenv("NOTIFY_SOCKET")
	if name == "" {
		return
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err == nil {
		defer c.Close()
		_, err = c.Write([]byte(state))
	}
	if err != nil {
		logger.Warn("the service manager could not be told", "state", state, "error", err)
	}
}

// watchdog tells the service manager, twice as often as it wants to know, that
// the process is not stuck: look has come back. It ends with ctx.
func watchdog(ctx context.Context, logger *slog.Logger, look func(context.Context) error) {
	every := watchdogInterval() / 2
	if every <= 0 {
		return
	}
	go func() {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				if err := look(ctx); err != nil && ctx.Err() == nil {
					logger.Warn("writes cannot be taken", "error", err)
				}
				notify(logger, "WATCHDOG=1")
			}
		}
	}()
}

// watchdogInterval is what the service manager asks for; 0 where it does not.
func watchdogInterval() time.Duration {
	if pid := os.Getenv("WATCHDOG_PID"); pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return 0
	}
	n, err := strconv.ParseInt(os.Getenv("WATCHDOG_USEC"), 10, 64)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Microsecond
}
