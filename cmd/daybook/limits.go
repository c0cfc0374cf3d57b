package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/httpd"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/local"
)

// size is a number of bytes, written such as 32MiB.
type size int64

// UnmarshalText reads a size.
func (s *size) UnmarshalText(text []byte) error {
	n, err := humanize.ParseBytes(string(text))
	if err != nil || n > 1<<50 {
		return fmt.Errorf("want a size such as 512KiB or 32MiB, got %q", text)
	}
	*s = size(n)
	return nil
}

// String writes a size as it is read, exactly.
func (s size) String() string {
	for _, u := range []struct {
		of   size
		name string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if s >= u.of && s%u.of == 0 {
			return strconv.FormatInt(int64(s/u.of), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(s), 10) + "B"
}

// sqlDialect is the name of a dialect of SQL, or none.
type sqlDialect string

// UnmarshalText reads a dialect.
func (d *sqlDialect) UnmarshalText(text []byte) error {
	*d = sqlDialect(text)
	var wrong *daybook.Error
	if errors.As(local.CheckDialect(string(text)), &wrong) {
		return fmt.Errorf("%s; %s", wrong.Message, wrong.Hint)
	}
	return nil
}

// serveLimits are the flags that bound what a server takes, and how long it
// waits.
type serveLimits struct {
	MaxBody        size `help:"Bytes of a request's body, compressed and not." default:"32MiB" env:"DAYBOOK_MAX_BODY"`
	MaxBodies      size `help:"Bytes of all bodies that are worked on at a time, decompressed; what is over is answered 503." default:"256MiB" env:"DAYBOOK_MAX_BODIES"`
	MaxRecords     int  `help:"Records in one request." default:"10000" env:"DAYBOOK_MAX_RECORDS"`
	MaxRecordBytes size `help:"Bytes of one record." default:"8MiB" env:"DAYBOOK_MAX_RECORD_BYTES"`
	MaxHeader      size `help:"Bytes of a request's header." default:"64KiB" env:"DAYBOOK_MAX_HEADER"`
	MaxRequests    int  `help:"Requests answered at a time; more are answered 503. Health and metrics always are." default:"256" env:"DAYBOOK_MAX_REQUESTS"`
	MaxConnections int  `help:"Connections open at a time; more are answered 503 and closed." default:"4096" env:"DAYBOOK_MAX_CONNECTIONS"`

	QueueRecords int           `help:"Records that may wait to be written; then writes are answered 503." default:"50000" env:"DAYBOOK_QUEUE_RECORDS"`
	QueueBytes   size          `help:"Memory that records may take which wait to be written." default:"256MiB" env:"DAYBOOK_QUEUE_BYTES"`
	QueueWait    time.Duration `help:"How long a write waits for room in a full queue before it is answered 503." default:"1s" env:"DAYBOOK_QUEUE_WAIT"`

	HeaderTimeout time.Duration `help:"Time to send a request's header." default:"10s" env:"DAYBOOK_HEADER_TIMEOUT"`
	BodyTimeout   time.Duration `help:"Time to send a request with its body." default:"2m" env:"DAYBOOK_BODY_TIMEOUT"`
	StallTimeout  time.Duration `help:"Time for a body to make progress." default:"30s" env:"DAYBOOK_STALL_TIMEOUT"`
	AnswerTimeout time.Duration `help:"Time to take an answer; an export has it anew for each part." default:"3m" env:"DAYBOOK_ANSWER_TIMEOUT"`
	IdleTimeout   time.Duration `help:"Time without a request until a connection is closed." default:"2m" env:"DAYBOOK_IDLE_TIMEOUT"`
	DrainTimeout  time.Duration `help:"Time for requests in flight when the server is told to end." default:"30s" env:"DAYBOOK_DRAIN_TIMEOUT"`
	SlowCommit    time.Duration `help:"Log commits that take longer." default:"1s" env:"DAYBOOK_SLOW_COMMIT"`
}

// mostRecords is what one commit may be asked to hold: the memory of a request
// is bounded by its body, the time others wait for it by this.
const mostRecords = 100_000

// check refuses what would take nothing, or wait for nobody.
func (l *serveLimits) check() error {
	for name, n := range map[string]int64{
		"max-body": int64(l.MaxBody), "max-bodies": int64(l.MaxBodies), "max-records": int64(l.MaxRecords), "max-record-bytes": int64(l.MaxRecordBytes),
		"max-header": int64(l.MaxHeader), "max-requests": int64(l.MaxRequests), "max-connections": int64(l.MaxConnections),
		"queue-records": int64(l.QueueRecords), "queue-bytes": int64(l.QueueBytes),
		"header-timeout": int64(l.HeaderTimeout), "body-timeout": int64(l.BodyTimeout), "stall-timeout": int64(l.StallTimeout),
		"answer-timeout": int64(l.AnswerTimeout), "idle-timeout": int64(l.IdleTimeout), "drain-timeout": int64(l.DrainTimeout),
		"slow-commit": int64(l.SlowCommit),
	} {
		if n <= 0 {
			return fmt.Errorf("--%s must be more than nothing", name)
		}
	}
	switch {
	case l.MaxRecords > mostRecords:
		return fmt.Errorf("--max-records may be %d at the most: what is in one request is written in one transaction", mostRecords)
	case l.QueueRecords > 10_000_000:
		return fmt.Errorf("--queue-records may be 10000000 at the most")
	case l.QueueWait < 0:
		return fmt.Errorf("--queue-wait must not be negative; 0s refuses at once")
	}
	return nil
}

// door bounds the HTTP door.
func (l *serveLimits) door() httpd.Limits {
	return httpd.Limits{
		MaxBody: int64(l.MaxBody), MaxBodies: int64(l.MaxBodies), MaxRecords: l.MaxRecords, MaxHeader: int(l.MaxHeader),
		MaxRequests: l.MaxRequests, MaxConnections: l.MaxConnections,
		HeaderTimeout: l.HeaderTimeout, BodyTimeout: l.BodyTimeout, StallTimeout: l.StallTimeout,
		AnswerTimeout: l.AnswerTimeout, IdleTimeout: l.IdleTimeout, DrainTimeout: l.DrainTimeout,
	}
}

// intake bounds what one call may bring. How many records a request has is the
// door's to say: what Daybook itself writes comes in batches of its own.
func (l *serveLimits) intake() intake.Limits {
	return intake.Limits{MaxBatch: max(l.MaxRecords, intake.DefaultMaxBatch), MaxRecordBytes: int(l.MaxRecordBytes)}
}

// tune bounds the ledger's queue.
func (l *serveLimits) tune(o *ledger.Options) {
	o.QueueRecords, o.QueueBytes, o.QueueWait, o.SlowCommit = l.QueueRecords, int64(l.QueueBytes), l.QueueWait, l.SlowCommit
	if l.QueueWait == 0 {
		o.QueueWait = -1
	}
}
