package postgres

// detours are tries by the functions of the inbox, and around the tables.
var detours = map[string]allowed{
	// Jobs leave letters, and read none.
	"SELECT audit.log_entry('decision_logs', '{\"agent_position\": \"CFO\"}')": telling,
	"SELECT audit.inbox_retry(), audit.inbox_drop(gen_random_uuid())":          telling,
	"SELECT count(*) FROM audit.inbox_rejects":                                 telling,
	"DELETE FROM audit.inbox_rejects":                                          masters,
	"INSERT INTO ledger.inbox (log_id, kind, record, writer, written_at) VALUES (gen_random_uuid(), 'decision_logs', '{}', 'forged', now())": masters,
	"UPDATE ledger.inbox SET writer = 'forged'":                                                           masters,
	"SELECT count(*) FROM ledger.inbox":                                                                   writing,
	"DELETE FROM ledger.inbox":                                                                            writing,
	"INSERT INTO ledger.job VALUES (session_user, 'acme', session_user, now())":                           masters,
	"SELECT ledger.map_job('daybook', 'acme')":                                                            mapping,
	"SELECT ledger.unmap_job('daybook')":                                                                  mapping,
	"SELECT ledger.inbox_record('decision_logs', '{\"agent_position\": \"CFO\"}', NULL), ledger.new_id()": masters,
	"UPDATE ledger.transfer SET state = 'moved'":                                                          masters,

	// Ways around tables.
	"ALTER VIEW audit.transformation_session SET (security_barrier = false)":             masters,
	"ALTER TABLE ledger.shown_transformation_session NO FORCE ROW LEVEL SECURITY":        masters,
	"SET LOCAL row_security = off; SELECT count(*) FROM audit.transformation_session":    nobody,
	"CREATE STATISTICS ledger.forged ON seq, logged_at FROM ledger.spine":                masters,
	"ALTER SCHEMA ledger RENAME TO forged":                                               root, // daybook_owner may not create schemas
	"ALTER TABLE ledger.spine SET SCHEMA audit":                                          masters,
	"ALTER DEFAULT PRIVILEGES FOR ROLE daybook_owner GRANT ALL ON TABLES TO PUBLIC":      masters,
	"UPDATE pg_trigger SET tgenabled = 'D' WHERE tgname = 'append_only'":                 root,
	"CREATE PUBLICATION forged FOR TABLE ledger.transformation_session":                  root,
	"SELECT lo_import('PG_VERSION')":                                                     root,
	"SELECT pg_read_file('PG_VERSION')":                                                  root,
	"COPY (SELECT 1) TO '/dev/null'":                                                     root,
	"SELECT query_to_xml('SELECT * FROM ledger.transformation_session', true, true, '')": readingAll,
	"CREATE OPERATOR ledger.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq)":    masters,
}
