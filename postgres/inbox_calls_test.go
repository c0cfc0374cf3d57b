package postgres

import "testing"

// TestFurtherFieldsMayBeNull: a job passes on a variable that is NULL.
func TestFurtherFieldsMayBeNull(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	s := openStore(t, address, Options{})
	_, job := jobOf(t, address)
	session := scanOne[string](t, job, "SELECT audit.checkout('loader', ARRAY['bronze.corn'], more => NULL)::text")
	inSQL(t, job, `SELECT audit.log_operation($1, 'CLEAN', more => NULL), audit.logged_execute($1, 'SELECT', 'SELECT 1', NULL), audit.register_output($1, 'TABLE', 'silver.corn', more => NULL),
		audit.add_lineage($1, 'bronze.corn', 'silver.corn', more => NULL), audit.checkin($1, more => NULL)`, session)
	wantTold(t, s, []string{"status"}, "transformation_session", "transformation_operation", "transformation_operation", "output_artifact", "lineage_edge", "transformation_session status=COMPLETED")
}
