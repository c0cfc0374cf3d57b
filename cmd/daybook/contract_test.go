package main

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/contract"
	"github.com/daybook-audit/daybook/httpd"
	"github.com/daybook-audit/daybook/local"
)

// remoteCommands are what people do on a server, in an order in which each
// finds what it needs, and the call that each makes.
var remoteCommands = []struct {
	args  []string
	stdin string
	calls string // the operation
	code  int
}{
	{args: []string{"log", "conversations", "--data", `{"conversation_id": "c1", "agent_position": "CFO", "log_id": "01a201a0-df1a-7a37-854e-3917595aaf26"}`}, calls: "writeRecords 201"},
	{args: []string{"log", "decision_logs"}, stdin: `{"decision_id": "d1", "agent_position": "CFO"}` + "\n" + `{"decision_id": "d2", "agent_position": "CFO"}`, calls: "writeRecords 201"},
	{args: []string{"log", "decision_logs", "--data", `{"confidence": 2, "agent_position": "CFO"}`}, calls: "writeRecords 422", code: exitBad},
	{args: []string{"amend", "conversations", "c1", "--data", `{"input_tokens": 12}`}, calls: "writeRecords 201"},
	{args: []string{"amend", "conversations", "nobody", "--data", `{"input_tokens": 12}`}, calls: "writeRecords 404", code: exitBad},
	{args: []string{"amend", "decision_logs", "d1", "--verb", "review"}, calls: "writeRecords 201"},
	{args: []string{"amend", "decision_logs", "d1", "--data", `{"human_reviewed": false}`}, calls: "writeRecords 409", code: exitBad},
	{args: []string{"agent", "CFO", "--since", "7d", "--limit", "5"}, calls: "getActivity 200"},
	{args: []string{"agent", "CFO", "--since", "yesterday"}, code: exitBad},
	{args: []string{"history", "silver.observation", "--format", "json"}, calls: "getHistory 200"},
	{args: []string{"lineage", "silver.observation", "--direction", "downstream", "--columns", "--as-of", "2026-01-31"}, calls: "getLineage 200"},
	{args: []string{"why", "silver.observation", "--depth", "2", "--limit", "3", "--as-of", "2099-01-31"}, calls: "getWhy 404", code: exitBad},
	{args: []string{"why", "silver.observation", "--depth", "101"}, calls: "getWhy 422", code: exitBad},
	{args: []string{"lineage", "silver.observation", "--direction", "both", "--columns", "--indirect", "--origin", "PARSED,EXPLICIT", "--relationship", "COPIES"}, calls: "getLineage 200"},
	{args: []string{"lineage", "silver.observation", "--relationship", "LIKES"}, calls: "getLineage 422", code: exitBad},
	{args: []string{"query", "SELECT agent_position, 1 AS agent_position FROM audit.conversations", "--format", "csv"}, calls: "runQuery 200"},
	{args: []string{"query", "DELETE FROM audit.conversations"}, calls: "runQuery 422", code: exitBad},
	{args: []string{"log", "transformation_session"}, stdin: `{"id": "0190f3c2-7b1e-7a40-8c11-3a5d2f6e0001", "agent_id": "etl", "source_tables": ["silver.x"]}` + "\n" + `{"id": "0190f3c2-7b1e-7a40-8c11-3a5d2f6e0002", "agent_id": "etl", "source_tables": ["silver.x"]}`, calls: "writeRecords 201"},
	{args: []string{"diff", "0190f3c2-7b1e-7a40-8c11-3a5d2f6e0001", "0190f3c2-7b1e-7a40-8c11-3a5d2f6e0002"}, calls: "listTransformationOperation 200"},
	{args: []string{"rollback", "plan", "0190f3c2-7b1e-7a40-8c11-3a5d2f6e0002"}, calls: "getTransformationSession 200"},
	{args: []string{"prove", "01a201a0-df1a-7a37-854e-3917595aaf26"}, calls: "proveInclusion 200"},
	{args: []string{"prove", "01a201a0-df1a-7a37-854e-3917595aaf00"}, calls: "proveInclusion 404", code: exitBad},
	{args: []string{"export", "--kind", "decision_logs", "--since", "2026-01-01"}, calls: "exportEntries 200"},
	{args: []string{"health"}, calls: "getReadiness 200"},
	{args: []string{"token", "list"}, calls: "listTokens 200"},
	{args: []string{"token", "revoke", "nobody"}, calls: "revokeToken 404", code: exitBad},
}

// TestCommandsKeepToTheDocument runs the commands on a real server, whose whole
// traffic is held against its OpenAPI document: requests that were taken,
// answers, statuses, fields.
func TestCommandsKeepToTheDocument(t *testing.T) {
	t.Parallel()
	logger := slog.New(slog.DiscardHandler)
	l, err := local.Open(t.Context(), filepath.Join(t.TempDir(), "daybook.db"), local.Options{Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close(t.Context())
	document, err := contract.Load(httpd.OpenAPI("test", doors()...))
	if err != nil {
		t.Fatal(err)
	}
	door := httpd.New(httpd.Config{
		Recorder: l.Recorder, Reader: l.Reader, Prover: l.Prover, Tiler: l.Tiler, Ready: l.Ready, Tokens: l.Tokens, MayProve: l.MayProve, Logger: logger, Version: versionText(),
		Doors: doorsOf(l, logger, nil),
	})
	server := httptest.NewServer(document.Around(door.Handler(), func(err error) { t.Errorf("%.1500s", err) }))
	defer server.Close()
	all := document.Unseen()
	for _, c := range remoteCommands {
		var out, errs bytes.Buffer
		code := run(t.Context(), append(slices.Clone(c.args), "--server", server.URL), strings.NewReader(c.stdin), &out, &errs)
		if code != c.code {
			t.Errorf("%s: %d\n%s%s", c.args, code, &out, &errs)
		}
		if c.calls != "" && (!slices.Contains(all, c.calls) || slices.Contains(document.Unseen(), c.calls)) {
			t.Errorf("%s did not make the call %s", c.args, c.calls)
		}
	}
	sameAsServed(t, server.URL)
}

// sameAsServed holds what schema prints against what a server gives out.
func sameAsServed(t *testing.T, url string) {
	t.Helper()
	paths := map[string][]string{"/openapi.json": {"--format", "openapi"}, "/schemas": {"--format", "jsonschema"}}
	for _, k := range daybook.Kinds() {
		for _, form := range k.SchemaForms() {
			paths[k.SchemaPath(form)] = []string{"--format", "jsonschema", "--form", string(form), k.Name}
		}
		paths["/schemas/"+k.Name] = []string{"--format", "jsonschema", k.Name}
	}
	for path, args := range paths {
		var out, errs bytes.Buffer
		if code := run(t.Context(), append([]string{"schema"}, args...), strings.NewReader(""), &out, &errs); code != exitDone {
			t.Errorf("schema %s: %d %s", args, code, &errs)
		}
		answer, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		served, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || !bytes.Equal(served, out.Bytes()) {
			t.Errorf("%s is not what schema %s prints (%v)", path, args, err)
		}
	}
}

func TestSchemaRefusesWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	for want, lines := range map[int][]string{
		exitUsage: {
			"--form entry conversations", "--format jsonschema --form entry", "--format openapi conversations", "--format markdown conversations",
			"--format jsonschema --form entries conversations", "--format yaml",
		},
		exitBad: {"--format jsonschema decisions", "--format jsonschema --form amendment thinking_logs", "nothing"},
	} {
		for _, line := range lines {
			var out, errs bytes.Buffer
			if code := run(t.Context(), append([]string{"schema"}, strings.Fields(line)...), strings.NewReader(""), &out, &errs); code != want || out.Len() > 0 {
				t.Errorf("schema %s: %d, %s%s", line, code, &out, &errs)
			}
		}
	}
}
