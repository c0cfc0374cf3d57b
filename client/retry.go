package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"time"
)

// Between attempts it waits twice as long each time, within these bounds, and
// somewhere between half of that and all of it, so that clients which lost the
// same server do not come back at once.
const (
	shortestWait = 50 * time.Millisecond
	longestWait  = 2 * time.Second
)

// transient is an error that another attempt may not meet.
type transient struct {
	err   error
	after time.Duration // the server asks to wait so long
}

func (t *transient) Error() string { return t.err.Error() }
func (t *transient) Unwrap() error { return t.err }

// settled gives an error as callers see it.
func settled(err error) error {
	var t *transient
	if errors.As(err, &t) {
		return t.err
	}
	return err
}

// retry makes attempts until one succeeds, fails for good, or the next would
// come later than MaxElapsed after the first.
func (r *Remote) retry(ctx context.Context, attempt func() error) error {
	start := time.Now()
	for wait := shortestWait; ; wait = min(2*wait, longestWait) {
		err := attempt()
		var again *transient
		if !errors.As(err, &again) || ctx.Err() != nil {
			return settled(err)
		}
		pause := max(again.after, wait/2+rand.N(wait/2))
		if time.Since(start)+pause > r.o.MaxElapsed {
			return again.err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("client: %w before the next attempt: %w", context.Cause(ctx), again.err)
		}
	}
}

// lasting says that another attempt would end in the same way: there is no
// such host, or it is not who it should be.
func lasting(err error) bool {
	var (
		name        *net.DNSError
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		unknown     x509.UnknownAuthorityError
	)
	switch {
	case errors.As(err, &name):
		return name.IsNotFound
	case errors.As(err, &certificate), errors.As(err, &record), errors.As(err, &unknown):
		return true
	}
	return false
}
