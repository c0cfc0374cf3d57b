package postgres

import (
	"os"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook/pgtest"
	"github.com/jackc/pgx/v5"
)

// The file of what the migrations make is what they make.
func TestShape(t *testing.T) {
	t.Parallel()
	address := pgtest.New(t)
	if _, err := Migrate(t.Context(), address, MigrateOptions{SchemaPrefix: shapePrefix}); err != nil {
		t.Fatal(err)
	}
	shape := shapeText(t, address)
	if *update {
		must(t, os.WriteFile("shape.txt", []byte(shape), 0o644))
		return
	}
	if shape != shapeFile {
		t.Error("shape.txt is not what the migrations make: run go test ./postgres -run Shape -update")
	}
}

// shapeText is what a database has, as shape.txt says it.
func shapeText(t *testing.T, address string) string {
	t.Helper()
	c, err := pgx.Connect(t.Context(), address+"&search_path=pg_catalog&timezone=UTC")
	must(t, err)
	defer c.Close(t.Context())
	found, err := shapeOf(t.Context(), c, []any{shapePrefix + "ledger", shapePrefix + "audit", shapePrefix + "gold"})
	must(t, err)
	var b strings.Builder
	for _, o := range found {
		b.WriteString(o.sort + "\t" + o.name + "\t" + o.made + "\n")
	}
	return b.String()
}

func inspected(t *testing.T, s *Store) (faults, remarks string) {
	t.Helper()
	f, r, err := s.Inspect(t.Context())
	must(t, err)
	return strings.Join(f, "\n"), strings.Join(r, "\n")
}

func TestSoundSchemas(t *testing.T) {
	t.Parallel()
	s, address := cornStore(t)
	must(t, s.AddToken(t.Context(), aToken("aaaa", "ci")))
	head, err := s.Head(t.Context())
	must(t, err)
	must(t, s.SaveCheckpoint(t.Context(), signedBy(t, head.LedgerID)))
	if _, err := s.MakePartitions(t.Context(), noon, 14); err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, address, `CREATE TABLE audit.theirs (a int); CREATE VIEW gold.theirs AS SELECT 1; CREATE FUNCTION gold.theirs() RETURNS int LANGUAGE sql AS 'SELECT 1'`)
	for name, s := range map[string]*Store{
		"of a superuser": s, "that is only read": openStore(t, address, Options{ReadOnly: true}),
		"of a writer": openStore(t, testLogin(t, address, "daybook_writer"), Options{}),
	} {
		if faults, remarks := inspected(t, s); faults+remarks != "" {
			t.Errorf("a store %s has faults\n%s\nremarks\n%s", name, faults, remarks)
		}
	}
}

func TestSoundSchemasOfAnotherPrefix(t *testing.T) {
	t.Parallel()
	address := pgtest.New(t)
	_, err := Migrate(t.Context(), address, MigrateOptions{SchemaPrefix: "acme_"})
	must(t, err)
	if faults, remarks := inspected(t, openStore(t, address, Options{SchemaPrefix: "acme_"})); faults+remarks != "" {
		t.Errorf("faults\n%s\nremarks\n%s", faults, remarks)
	}
}

// What a superuser does to a schema is found.
func TestInspectFinds(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		"ALTER TABLE ledger.conversations DISABLE TRIGGER append_only":        "trigger conversations.append_only is not as Daybook makes it",
		"DROP TRIGGER append_only ON ledger.spine":                            "trigger spine.append_only is not there",
		"ALTER TABLE ledger.conversations ENABLE REPLICA TRIGGER append_only": "trigger conversations.append_only is not",
		"CREATE OR REPLACE FUNCTION ledger.refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN NULL; END $$": "function ledger.refuse does not do",
		"ALTER FUNCTION ledger.sees_all() SECURITY INVOKER":                           "function ledger.sees_all() is not as Daybook makes it",
		"ALTER FUNCTION ledger.sees_all() RESET search_path":                          "function ledger.sees_all() is not as Daybook makes it",
		"CREATE FUNCTION ledger.other() RETURNS int LANGUAGE sql AS 'SELECT 1'":       "there is a function ledger.other()",
		"CREATE FUNCTION ledger.sees_all(int) RETURNS int LANGUAGE sql AS 'SELECT 1'": "there is a function ledger.sees_all(integer)",
		"CREATE OR REPLACE VIEW audit.entries WITH (security_barrier) AS SELECT * FROM (SELECT seq, kind, log_id, logged_at, retain_until, log_hash FROM audit.entries) AS e WHERE seq > 0": "view audit.entries",
		"ALTER VIEW audit.conversations SET (security_invoker = true)":                                "view audit.conversations is not as Daybook makes it",
		"ALTER VIEW audit.conversations OWNER TO daybook":                                             "audit.conversations is not there",
		"DROP VIEW gold.transformation_activity":                                                      "view gold.transformation_activity is not there",
		"CREATE TABLE ledger.other (salt bytea)":                                                      "there is a table ledger.other",
		"CREATE MATERIALIZED VIEW ledger.other AS SELECT 1":                                           "there is a object ledger.other",
		"ALTER TABLE ledger.token ADD COLUMN x int":                                                   "there is a column ledger.token.x",
		"ALTER TABLE ledger.token ALTER COLUMN role SET DEFAULT 'admin'":                              "column ledger.token.role is not as",
		"ALTER TABLE ledger.token OWNER TO daybook":                                                   "table ledger.token is not as Daybook makes it",
		"CREATE RULE hide AS ON INSERT TO ledger.conversations DO INSTEAD NOTHING":                    "there is a rule conversations.hide",
		"CREATE RULE hide AS ON INSERT TO ledger.transformation_operation_default DO INSTEAD NOTHING": "transformation_operation_default has the rule hide",
		"ALTER TABLE ledger.spine ENABLE ROW LEVEL SECURITY":                                          "table ledger.spine is not as Daybook makes it",
		"CREATE POLICY hide ON ledger.spine USING (seq > 3)":                                          "there is a policy spine.hide",
		"ALTER POLICY business ON ledger.shown_conversations USING (true)":                            "policy shown_conversations.business is not as",
		"DROP POLICY business ON ledger.shown_conversations":                                          "policy shown_conversations.business is not there",
		"CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER t BEFORE INSERT ON ledger.decision_logs FOR EACH ROW EXECUTE FUNCTION public.f()": "there is a trigger decision_logs.t",
		"ALTER TABLE ledger.transformation_operation DETACH PARTITION ledger.transformation_operation_2026_01":                                                                                     "there is a table ledger.transformation_operation_2026_01",
		"CREATE TABLE ledger.other PARTITION OF ledger.transformation_operation FOR VALUES FROM ('2040-01-05Z') TO ('2040-01-07Z')":                                                                "partition other is not bounded by months",
		"ALTER TABLE ledger.transformation_operation_2026_01 DISABLE TRIGGER append_only":                                                                                                          "partition transformation_operation_2026_01 is not guarded",
		"ALTER TABLE ledger.transformation_operation_2026_01 OWNER TO daybook":                                                                                                                     "partition transformation_operation_2026_01 belongs to daybook",
		"UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ledger.spine_pkey'::regclass":                                                                                                  "index spine_pkey is not as Daybook makes it",
		"UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ledger.transformation_operation_2026_01_pkey'::regclass":                                                                       "transformation_operation_2026_01 has an index that is not valid",
		"DROP INDEX ledger.conversations_subject":                                                 "index conversations_subject is not there",
		"ALTER TABLE ledger.head DISABLE TRIGGER ALL; DELETE FROM ledger.head":                    "the head is not one row",
		"INSERT INTO ledger.checkpoint VALUES (1, 7, E'daybook/x\\\\0125\\\\012cm9vdA==\\\\012')": "the checkpoint is not of as many entries",
		"INSERT INTO ledger.tile VALUES (0, 77, '')":                                              "tiles beyond the end",
	} {
		t.Run(sql, func(t *testing.T) {
			t.Parallel()
			address := testURL(t)
			s := openStore(t, address, Options{})
			_, err := s.MakePartitions(t.Context(), noon, 1)
			must(t, err)
			pgtest.Exec(t, address, "SET allow_system_table_mods = on; "+sql)
			if faults, _ := inspected(t, s); !strings.Contains(faults, want) {
				t.Errorf("faults are\n%s\nwant %s", faults, want)
			}
		})
	}
}

// TestInspectFindsOf18 has what PostgreSQL 18 is the first to let somebody do:
// constraints that are declared and hold nothing.
func TestInspectFindsOf18(t *testing.T) {
	t.Parallel()
	s, address := cornStore(t)
	if query[int](t, s, "SELECT current_setting('server_version_num')::int") < 180000 {
		return
	}
	pgtest.Exec(t, address, `ALTER TABLE ledger.inbox ALTER COLUMN kind DROP NOT NULL; ALTER TABLE ledger.inbox ADD CONSTRAINT kind_is_there NOT NULL kind NOT VALID;
		ALTER TABLE ledger.checkpoint DROP CONSTRAINT checkpoint_id_check; ALTER TABLE ledger.checkpoint ADD CONSTRAINT checkpoint_id_check CHECK (id = 1) NOT ENFORCED;
		ALTER TABLE ledger.token ADD COLUMN shown text GENERATED ALWAYS AS ('x') VIRTUAL`)
	faults, _ := inspected(t, s)
	for _, want := range []string{"column ledger.inbox.kind is not as", "constraint checkpoint.checkpoint_id_check is not as", "there is a column ledger.token.shown"} {
		if !strings.Contains(faults, want) {
			t.Errorf("faults are\n%s\nwant %s", faults, want)
		}
	}
}

func TestInspectRemarks(t *testing.T) {
	t.Parallel()
	s, address := cornStore(t)
	pgtest.Exec(t, address, `DROP INDEX ledger.conversations_agent; CREATE INDEX theirs ON ledger.conversations (principal); ALTER TABLE ledger.token ADD CHECK (name <> 'root')`)
	faults, remarks := inspected(t, s)
	for _, want := range []string{"index conversations_agent is missing", "somebody has made the index theirs", "somebody has made the constraint token.token_name_check"} {
		if faults != "" || !strings.Contains(remarks, want) {
			t.Errorf("faults %s, remarks\n%s\nwant %s", faults, remarks, want)
		}
	}
	pgtest.Exec(t, address, `REVOKE TEMPORARY ON DATABASE `+s.target.config.Database+` FROM PUBLIC`)
	faults, remarks = inspected(t, openStore(t, testLogin(t, address, "daybook_writer"), Options{}))
	if faults != "" || !strings.Contains(remarks, "the definitions of the views were not checked") {
		t.Errorf("without temporary views: faults %s, remarks\n%s", faults, remarks)
	}
}
