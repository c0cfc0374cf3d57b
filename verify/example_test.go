package verify_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/sqlite"
	"github.com/daybook-audit/daybook/verify"
	raw "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// daybookStore writes a decision to a ledger of its own, as `daybook log` does,
// and gives the path of its store.
func daybookStore() (path string, done func()) {
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "daybook")
	must(err)
	path = filepath.Join(dir, "daybook.db")
	store, err := sqlite.Open(ctx, path, sqlite.Options{})
	must(err)
	head, err := store.Head(ctx)
	must(err)
	private, public, err := merkle.GenerateKey(daybook.OriginPrefix + head.LedgerID)
	must(err)
	must(merkle.WritePublic(path+".pub", public))
	signer, err := merkle.NewSigner(private)
	must(err)
	l, err := ledger.Open(ctx, store, ledger.Options{Signer: signer, Anchor: path + ".anchor"})
	must(err)
	r, err := daybook.RecordOf(daybook.DecisionLog{AgentPosition: "CFO", ChosenOption: "wait"})
	must(err)
	_, err = intake.New(l, intake.Limits{}).Record(ctx, daybook.Local, []daybook.Record{r})
	must(errors.Join(err, l.Close(ctx), store.Close()))
	return path, func() { must(os.RemoveAll(dir)) }
}

// tamper changes a decision behind the ledger's back.
func tamper(path string) {
	conn, err := raw.OpenConn(path, raw.OpenReadWrite)
	if err != nil {
		panic(err)
	}
	const forgery = `DROP TRIGGER ledger_decision_logs_no_update; UPDATE ledger_decision_logs SET chosen_option = 'pay'`
	if err := errors.Join(sqlitex.ExecuteScript(conn, forgery, nil), conn.Close()); err != nil {
		panic(err)
	}
}

// An auditor holds a copy of a store against the public key and the last
// checkpoint that was signed, kept where the store's owner cannot write.
func ExampleRun() {
	ctx := context.Background()
	path, done := daybookStore()
	defer done()

	check := func() (*verify.Report, error) {
		public, err := merkle.ReadPublic(path + ".pub")
		if err != nil {
			return nil, err
		}
		anchor, err := merkle.ReadAnchor(path + ".anchor")
		if err != nil {
			return nil, err
		}
		store, err := sqlite.Open(ctx, path, sqlite.Options{ReadOnly: true})
		if err != nil {
			return nil, err
		}
		defer store.Close()
		return verify.Run(ctx, store, verify.Options{Public: public, Anchor: anchor})
	}
	report, err := check()
	if err != nil {
		panic(err)
	}
	fmt.Println("sound:", report.Sound(), "entries:", report.Size)

	tamper(path)
	if report, err = check(); err != nil {
		panic(err)
	}
	fmt.Println("sound:", report.Sound())
	for _, p := range report.Problems {
		fmt.Println(p.Class, p.Kind, "entry", *p.Seq)
	}
	// Output:
	// sound: true entries: 1
	// sound: false
	// MODIFIED decision_logs entry 0
}

// What was exported checks without a store: each line against its hash, and
// all of them against a checkpoint, where one is given as the anchor.
func ExampleNewExport() {
	const line = `{"agent_position": "CFO", "business_id": "default", "conversation_id": "c1", "cost_usd": 0.0071, "input_tokens": 812, ` +
		`"kind": "conversations", "log_id": "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01", "logged_at": "2026-01-31T09:00:05.000000Z", ` +
		`"principal": "etl", "retain_until": "2033-01-31T09:00:05.000000Z", "revision": 1, "salt": "00112233445566778899aabbccddeeff", ` +
		`"started_at": "2026-01-31T09:00:00.000000Z", "status": "active", ` +
		`"log_hash": "21004a25b714d3148020a4dd81a3e80925efbfc1ef6f6805adeb33f4756928ec", "seq": 0}`
	for _, exported := range []string{line, strings.Replace(line, "CFO", "CEO", 1)} {
		report, err := verify.Run(context.Background(), verify.NewExport(strings.NewReader(exported)), verify.Options{})
		if err != nil {
			panic(err)
		}
		fmt.Println("sound:", report.Sound())
	}
	// Output:
	// sound: true
	// sound: false
}
