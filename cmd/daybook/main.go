// Command daybook is the ledger's one binary: the server, and everything that
// people ask of a ledger from a terminal. It wires the rooms together and
// holds no rule of its own. One file a subcommand.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqllineage"
)

// The exit codes.
const (
	exitDone  = 0
	exitBad   = 1 // the answer is bad, or there is none
	exitUsage = 2
)

const description = `Daybook is the book of original entry for AI agents: one append-only,
tamper-evident ledger of what they thought, decided, did and spent, and of what
they did to data.

Commands work on the server that --server names, else on the local store: a SQLite
file, or a PostgreSQL database, in which they write beside the servers on it.`

type cli struct {
	Globals

	Serve    serveCmd    `cmd:"" help:"Serve the ledger over HTTP."`
	Demo     demoCmd     `cmd:"" help:"Watch a real pipeline being recorded, asked about and proven."`
	Log      logCmd      `cmd:"" help:"Write records of a kind."`
	Amend    amendCmd    `cmd:"" help:"Fill in lifecycle fields of what was written."`
	Export   exportCmd   `cmd:"" help:"Print every entry as one JSON object a line."`
	Query    queryCmd    `cmd:"" help:"Ask the ledger in SQL."`
	History  historyCmd  `cmd:"" help:"What happened to a table?"`
	Agent    agentCmd    `cmd:"" help:"What did an agent do?"`
	Lineage  lineageCmd  `cmd:"" help:"Where does data come from, and where does it go?"`
	Diff     diffCmd     `cmd:"" help:"What changed between two runs of a job?"`
	Rollback rollbackCmd `cmd:"" help:"What would undo what a session did?"`
	Why      whyCmd      `cmd:"" help:"Why does this number stand here: what made it, who, on what decision, and is that proven?"`
	MCP      mcpCmd      `cmd:"" name:"mcp" help:"Let agents record and ask over the Model Context Protocol."`
	Cost     costCmd     `cmd:"" help:"What did agents spend, on which models and tools?"`
	Scan     scanCmd     `cmd:"" help:"Document the lineage of the tables of a PostgreSQL database."`
	Derive   deriveCmd   `cmd:"" help:"Read the SQL in the ledger again, and bring the lineage from it up to date."`
	Verify   verifyCmd   `cmd:"" help:"Check that nobody has edited the ledger."`
	Ledger   ledgerCmd   `cmd:"" help:"Say where the ledger stands, and go on after a loss."`
	Copy     copyCmd     `cmd:"" help:"Carry the ledger to another store, whole."`
	Prove    proveCmd    `cmd:"" help:"Write a proof that an entry is in the ledger."`
	Token    tokenCmd    `cmd:"" help:"Make, list and revoke the tokens that a server asks for."`
	Spool    spoolCmd    `cmd:"" help:"Look after what waits on disk for a server."`
	Health   healthCmd   `cmd:"" help:"Ask a server whether it takes writes."`
	Hooks    hooksCmd    `cmd:"" help:"Have coding agents tell the server what they do."`
	Migrate  migrateCmd  `cmd:"" help:"Make the schema of a ledger in PostgreSQL, or bring it up to date."`
	Schema   schemaCmd   `cmd:"" help:"Print the schema: DDL, the reference of the kinds, JSON Schema or OpenAPI."`
	Version  versionCmd  `cmd:"" help:"Print the version."`

	ParseSQL parseSQLCmd `cmd:"" name:"parse-sql" help:"Say where the columns of a SQL text come from."`
}

// Globals are the flags that every command takes.
type Globals struct {
	Store        storeName `help:"The local store: FILE or sqlite:FILE, or postgres://HOST/DATABASE (default: daybook.db)." env:"DAYBOOK_STORE" placeholder:"STORE"`
	SchemaPrefix string    `help:"What the names of the schemas in a PostgreSQL store begin with." env:"DAYBOOK_SCHEMA_PREFIX" placeholder:"PREFIX"`
	Server       string    `help:"The URL of a server to work on instead." env:"DAYBOOK_URL" placeholder:"URL"`
	Token        string    `help:"The token to show the server." env:"DAYBOOK_TOKEN" placeholder:"TOKEN" secret:""`
	Key          string    `help:"The private key that signs checkpoints (default: FILE.key; of a PostgreSQL store ID.key in ~/.local/state/daybook)." env:"DAYBOOK_KEY" placeholder:"FILE"`
	Public       string    `name:"public-key" help:"The public key, or the file that holds it (default: beside the default key, .pub)." env:"DAYBOOK_PUBLIC_KEY" placeholder:"KEY"`
	Anchor       string    `help:"The anchor, the last signed checkpoint (default: beside the default key, .anchor)." env:"DAYBOOK_ANCHOR" placeholder:"FILE"`
	LogLevel     string    `help:"What to log: ${enum}." enum:"debug,info,warn,error" default:"${loglevel}" env:"DAYBOOK_LOG_LEVEL"`

	SQLDialect sqlDialect `name:"sql-dialect" help:"The dialect of logged SQL whose operation names none, such as postgres or bigquery; none derives no lineage from SQL." default:"generic" env:"DAYBOOK_SQL_DIALECT" placeholder:"NAME"`

	Intake intakeFlags `embed:""`

	LogFormat string     `help:"How to log: ${enum}." enum:"text,json" default:"text" env:"DAYBOOK_LOG_FORMAT"`
	Config    configPath `help:"A file of flags, in TOML: those above, and under [serve] those of serve." env:"DAYBOOK_CONFIG" placeholder:"FILE" nofile:""`

	in     io.Reader
	out    io.Writer
	err    io.Writer
	logger *slog.Logger
	level  *slog.LevelVar                   // of the logger
	again  func() (level string, err error) // reads the log level anew
}

func main() {
	forgetEmpty()
	ctx, stop := untilSignalled()
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// untilSignalled gives a context that a first signal to end ends. When it has
// ended, a second one ends the process at once, as kill -9 does.
func untilSignalled() (ctx context.Context, stop func()) {
	ctx, end := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case s := <-signals:
			signal.Stop(signals) // before anybody hears of the first, and sends another
			end(fmt.Errorf("%s signal received", s))
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		end(nil)
	}
}

// forgetEmpty makes a variable of ours that is empty one that is not set.
func forgetEmpty() {
	for _, setting := range os.Environ() {
		if name, value, _ := strings.Cut(setting, "="); value == "" && strings.HasPrefix(name, "DAYBOOK_") {
			_ = os.Unsetenv(name) // it was there a moment ago
		}
	}
}

// exit carries an exit code that kong wants to leave with, or a command that
// has one from elsewhere.
type exit int

func (e exit) Error() string { return "exit " + strconv.Itoa(int(e)) }

// run is main with everything it touches given to it. It returns the exit code.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) (code int) {
	c := cli{Globals: Globals{in: in, out: out, err: errs}}
	parser := newParser(&c, out, errs)
	defer func() {
		if r := recover(); r != nil {
			asked, ok := r.(exit)
			if !ok {
				panic(r)
			}
			code = int(asked)
		}
	}()
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(errs, "daybook: %v\n  run daybook --help, or daybook COMMAND --help\n", err)
		return exitUsage
	}
	c.logger, c.level = levelled(errs, c.LogLevel, c.LogFormat, c.completedAttr)
	c.again = func() (string, error) {
		var c cli
		_, err := newParser(&c, io.Discard, io.Discard).Parse(args)
		return c.LogLevel, err
	}
	k.BindTo(ctx, (*context.Context)(nil))
	return c.report(errs, k.Run(&c.Globals))
}

// newParser makes the parser of a command line into c.
func newParser(c *cli, out, errs io.Writer) *kong.Kong {
	parser, err := kong.New(c,
		kong.Name("daybook"), kong.Description(description), kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Writers(out, errs), kong.Vars{"loglevel": "info", "dialects": strings.Join(sqllineage.Dialects(), ", ")},
		kong.Exit(func(code int) { panic(exit(code)) }),
	)
	if err != nil {
		panic(err)
	}
	return parser
}

func logger(w io.Writer, level, format string) *slog.Logger {
	l, _ := levelled(w, level, format, nil)
	return l
}

// levelled makes a logger whose level can be set while it is used.
func levelled(w io.Writer, level, format string, replace func([]string, slog.Attr) slog.Attr) (*slog.Logger, *slog.LevelVar) {
	var l slog.LevelVar
	_ = l.UnmarshalText([]byte(level)) // kong's enum lets nothing else through
	o := &slog.HandlerOptions{Level: &l, ReplaceAttr: replace}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, o)), &l
	}
	return slog.New(slog.NewTextHandler(w, o)), &l
}

// errBad is an answer that is itself the message: exit 1 and print nothing more.
var errBad = errors.New("the answer is bad")

// report prints an error and what to do next, and gives the exit code. Both may
// name what agents wrote.
func (g *Globals) report(w io.Writer, err error) int {
	if err == nil {
		return exitDone
	}
	if errors.Is(err, errBad) {
		return exitBad
	}
	var asked exit
	if errors.As(err, &asked) {
		return int(asked)
	}
	fmt.Fprintf(w, "daybook: %s\n", plain(err.Error()))
	var ours *daybook.Error
	if errors.As(err, &ours) && ours.Hint != "" {
		fmt.Fprintf(w, "  %s\n", plain(g.completed(ours.Hint)))
	} else if hint := pathHint(err); hint != "" {
		fmt.Fprintf(w, "  %s\n", hint)
	}
	if errors.Is(err, errUsage) {
		return exitUsage
	}
	return exitBad
}

// pathHint says what to do about a file that the system would not have.
func pathHint(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "check the path: there is no such file, or no such folder to write it to"
	case errors.Is(err, fs.ErrPermission):
		return "check the path, and who may read and write there"
	}
	return ""
}

// errUsage marks a command that was not used as it should be.
var errUsage = errors.New("usage")

type usageError struct{ error }

func (usageError) Is(target error) bool { return target == errUsage }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }
