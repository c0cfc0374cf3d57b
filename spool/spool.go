package spool

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/redact"
)

// What holds where Options say nothing.
const (
	DefaultMaxBytes = 256 << 20
	DefaultTimeout  = 30 * time.Second
)

// Options set a spool up.
type Options struct {
	URL   string // of the server; "" only writes, and leaves delivering to another process
	Token string // to show it

	MaxBytes int64 // that may lie undelivered, of all writers together; 0 for DefaultMaxBytes

	Redactor *redact.Redactor // takes secrets out before they are written; nil for redact.Default()

	HTTPClient *http.Client  // nil for http.DefaultClient's transport; redirects are never followed
	Timeout    time.Duration // of one attempt to deliver; 0 for DefaultTimeout
	Program    string        // who writes, for people and as User-Agent; "" for daybook-go
	Logger     *slog.Logger  // what becomes of delivering, never contents; nil logs nothing
}

func (o *Options) fill() {
	o.URL, o.Token = trimURL(o.URL), strings.TrimSpace(o.Token)
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Redactor == nil {
		o.Redactor = redact.Default()
	}
	if o.Program == "" {
		o.Program = "daybook-go"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

// Spool is a directory opened to write to it. It is a [daybook.Recorder] whose
// receipts come before the ledger has anything: they name the record, and are
// [daybook.Receipt.Pending]. Its methods may be called from several goroutines.
type Spool struct {
	dir    string
	writer *writer
	redact *redact.Redactor
	sender *sender // nil where another process delivers
	stop   context.CancelFunc
	done   sync.WaitGroup
}

var _ daybook.Recorder = (*Spool)(nil)

// Open opens the spool in a directory, which it makes, and begins to deliver
// what lies there, whoever wrote it, unless another process does.
func Open(dir string, o Options) (*Spool, error) {
	if !haveLocks {
		return nil, &daybook.Error{
			Code: daybook.CodeUnavailable, Message: "spool: this system has no flock(2), which processes need to share a spool",
			Hint: "write to the server without a spool",
		}
	}
	o.fill()
	if err := prepare(dir); err != nil {
		return nil, err
	}
	head, err := newHeader(&o)
	if err != nil {
		return nil, err
	}
	s := &Spool{dir: dir, redact: o.Redactor, writer: &writer{dir: dir, most: o.MaxBytes, head: head, now: time.Now}}
	if o.URL != "" {
		s.begin(newSender(dir, &o))
	}
	return s, nil
}

// prepare makes the directory and sees that it can be used.
func prepare(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return unreadable(dir, err)
	}
	return checkVersion(dir)
}

func newHeader(o *Options) (header, error) {
	host, err := os.Hostname()
	if err != nil { // it is for people
		host = ""
	}
	id, err := newWriterID(time.Now())
	return header{Version: version, Writer: id, PID: os.Getpid(), Host: host, Program: o.Program, Server: o.URL}, err
}

func (s *Spool) begin(sender *sender) {
	ctx, stop := context.WithCancel(context.Background())
	s.sender, s.stop = sender, stop
	s.done.Go(func() { sender.run(ctx) })
}

// Dir is the directory.
func (s *Spool) Dir() string { return s.dir }

// Record writes records to the disk, all with one write: a process that is
// killed during it may leave the first of them. Each needs its log_id; secrets
// are taken out of the caller's own records, before they are written. It never
// waits for the network. The receipts have kind, id and log_id; the id
// of a subject that the ledger numbers is "".
func (s *Spool) Record(_ context.Context, _ daybook.Principal, records []daybook.Record) ([]daybook.Receipt, error) {
	if len(records) == 0 {
		return nil, nil
	}
	b := buffers.Get().(*buffer)
	defer b.giveBack()
	for i := range records {
		records[i].Redact(s.redact)
		if err := b.add(&records[i], i); err != nil {
			return nil, err
		}
	}
	if err := s.writer.append(b.lines, b.ends); err != nil {
		return nil, err
	}
	if s.sender != nil {
		s.sender.wake()
	}
	receipts := make([]daybook.Receipt, len(records))
	for i := range records {
		r := &records[i]
		receipts[i] = daybook.Receipt{Kind: r.Kind.Name, ID: r.SubjectID(), LogID: r.LogID()}
	}
	return receipts, nil
}

// Flush waits until everything that was written here before the call is
// delivered or rejected, by whichever process.
func (s *Spool) Flush(ctx context.Context) error {
	parts := s.writer.written()
	if s.sender != nil {
		s.sender.hurry()
	}
	for pause := time.Millisecond; ; pause = min(2*pause, 20*time.Millisecond) {
		for len(parts) > 0 && parts[0].isDelivered(s.dir) {
			parts = parts[1:]
		}
		if len(parts) == 0 {
			return nil
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return s.late(ctx)
		}
	}
}

func (s *Spool) late(ctx context.Context) error {
	e := &daybook.Error{
		Code: daybook.CodeUnavailable, Message: "spool: not everything in " + s.dir + " is delivered yet", Err: context.Cause(ctx),
		Hint: "nothing is lost: it is delivered when the server is there, by this or the next process; see `daybook spool status " + s.dir + "`",
	}
	if s.sender != nil {
		if last := s.sender.lastError(); last != "" {
			e.Message += " (" + last + ")"
		}
	}
	return e
}

// Close ends writing and delivering. What is not delivered stays for the next
// process; [Spool.Flush] before it to wait for that.
func (s *Spool) Close() error {
	s.writer.close()
	if s.stop != nil {
		s.stop()
	}
	s.done.Wait()
	return nil
}
