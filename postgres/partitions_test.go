package postgres

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/pgtest"
	"golang.org/x/sync/errgroup"
)

const operations = "transformation_operation"

// putOperations inserts rows into the table of operations, as bare as they can be.
func putOperations(t testing.TB, address string, first int, at ...string) {
	t.Helper()
	for i, at := range at {
		pgtest.Exec(t, address, fmt.Sprintf("INSERT INTO ledger.transformation_operation (seq, logged_at) VALUES (%d, '%s')", first+i, at))
	}
}

// places tells where the rows of operations stand.
func places(t testing.TB, s *Store) string {
	t.Helper()
	return query[string](t, s, `SELECT coalesce(string_agg(replace(c.relname, 'transformation_operation_', '') || ':' || o.seq, ' ' ORDER BY o.seq), '')
		FROM {{ledger}}.transformation_operation AS o JOIN pg_class AS c ON c.oid = o.tableoid`)
}

// monthsOf lists the partitions of operations, without what all begin with.
func monthsOf(t testing.TB, s *Store) []string {
	t.Helper()
	return query[[]string](t, s, "SELECT array_agg(replace(m.partition, 'transformation_operation_', '') || to_char(m.since, ' FMYYYY-MM') || to_char(m.until, ' FMYYYY-MM')) FROM {{ledger}}.months('transformation_operation') AS m WHERE m.since IS NOT NULL")
}

func at(day string) time.Time {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return t
}

func TestPartitionsAreMadeAhead(t *testing.T) {
	t.Parallel()
	s := testStore(t)
	made, err := s.MakePartitions(t.Context(), at("2031-11-30"), 3)
	want := []string{
		"thinking_logs_2031_11", "thinking_logs_2031_12", "thinking_logs_2032_01",
		"transformation_operation_2031_11", "transformation_operation_2031_12", "transformation_operation_2032_01",
	}
	if slices.Sort(made); err != nil || !slices.Equal(made, want) {
		t.Errorf("made %v, %v", made, err)
	}
	if made, err := s.MakePartitions(t.Context(), at("2031-12-01"), 2); err != nil || len(made) > 0 {
		t.Errorf("and again %v, %v", made, err)
	}
	if !slices.Contains(monthsOf(t, s), "2031_12 2031-12 2032-01") {
		t.Errorf("the partitions are %q", monthsOf(t, s))
	}
	for _, months := range []int{0, -1, mostMonths + 1} {
		if _, err := s.MakePartitions(t.Context(), at("2031-11-30"), months); daybook.CodeOf(err) != daybook.CodeInvalid {
			t.Errorf("%d months: %v", months, err)
		}
	}
}

// TestMigrateMakesPartitionsAhead holds that this month and the next two have
// partitions before anything is written.
func TestMigrateMakesPartitionsAhead(t *testing.T) {
	t.Parallel()
	address := pgtest.New(t)
	m, err := Migrate(t.Context(), address, MigrateOptions{SchemaPrefix: "mine_", Ahead: 2, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	this := time.Now().UTC()
	next := time.Date(this.Year(), this.Month()+1, 1, 0, 0, 0, 0, time.UTC)
	if notes := strings.Join(m.Notes, "\n"); !strings.Contains(notes, next.Format("transformation_operation_2006_01")) || !strings.Contains(notes, this.Format("thinking_logs_2006_01")) {
		t.Errorf("it notes %q", notes)
	}
	s := openStore(t, address, Options{SchemaPrefix: "mine_"})
	if n := query[int](t, s, "SELECT count(*) FROM {{ledger}}.months('thinking_logs')"); n != 3 {
		t.Errorf("there are %d partitions with the default one, want 3", n)
	}
}

// TestServersMakePartitionsTogether lets several do it at once, while others
// write and read.
func TestServersMakePartitionsTogether(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	busy, stop := context.WithCancel(t.Context())
	defer stop()
	var others errgroup.Group
	for i := range 2 {
		conn := connected(t, address)
		others.Go(func() error {
			for n := 0; busy.Err() == nil; n++ {
				if _, err := conn.Exec(context.WithoutCancel(busy), "INSERT INTO ledger.transformation_operation (seq, logged_at) VALUES ($1, $2)",
					i*1_000_000+n, at("2040-01-01").AddDate(0, n%30, 0)); err != nil {
					return err
				}
				if _, err := conn.Exec(context.WithoutCancel(busy), "SELECT count(*) FROM ledger.transformation_operation"); err != nil {
					return err
				}
			}
			return nil
		})
	}
	var servers errgroup.Group
	made := make([][]string, 3)
	for i := range made {
		s := openStore(t, address, Options{})
		servers.Go(func() (err error) {
			made[i], err = s.MakePartitions(t.Context(), at("2040-01-01"), 24)
			if daybook.CodeOf(err) == daybook.CodeUnavailable { // the others are in the way: allowed
				return nil
			}
			return err
		})
	}
	if err := servers.Wait(); err != nil {
		t.Error(err)
	}
	stop()
	if err := others.Wait(); err != nil {
		t.Errorf("who writes and reads: %v", err)
	}
	all := slices.Concat(made...)
	slices.Sort(all)
	if twice := len(all) - len(slices.Compact(slices.Clone(all))); twice > 0 {
		t.Errorf("%d partitions were made twice: %v", twice, all)
	}
	s := openStore(t, address, Options{})
	if _, err := s.MakePartitions(t.Context(), at("2040-01-01"), 24); err != nil {
		t.Errorf("once nobody is in the way: %v", err)
	}
	rows := query[int](t, s, "SELECT count(*) FROM {{ledger}}.transformation_operation")
	if distinct := query[int](t, s, "SELECT count(DISTINCT seq) FROM {{ledger}}.transformation_operation"); rows == 0 || rows != distinct {
		t.Errorf("there are %d rows of %d entries", rows, distinct)
	}
}

// TestTheDefaultPartitionIsNamed is what becomes of rows that went to the
// default partition: it is the partition of their months, and no row moves.
func TestTheDefaultPartitionIsNamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		held   []string // when the rows were logged
		ask    string
		months string // besides, as a regular expression over all
		places string
	}{
		"one month":                {[]string{"2035-02-01", "2035-02-28 23:59:59.999999Z"}, "2035-02-11", `^2035_02 2035-02 2035-03$`, "2035_02:0 2035_02:1"},
		"the month before":         {[]string{"2035-01-31 23:59:59.999999Z"}, "2035-02-11", `^2035_01 2035-01 2035-02 2035_02 2035-02 2035-03$`, "2035_01:0"},
		"several months":           {[]string{"2034-11-30", "2035-02-01"}, "2035-02-11", `^2034_11_to_2035_02 2034-11 2035-03$`, "2034_11_to_2035_02:0 2034_11_to_2035_02:1"},
		"several, and a later one": {[]string{"2034-11-30", "2035-01-01"}, "2036-01-11", `^2034_11_to_2035_01 2034-11 2035-02 2036_01 2036-01 2036-02$`, "2034_11_to_2035_01:0 2034_11_to_2035_01:1"},
		"another year's clock":     {[]string{"2034-11-30"}, "2024-01-11", `^2024_01 2024-01 2024-02 2034_11 2034-11 2034-12$`, "2034_11:0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := testURL(t)
			s := openStore(t, address, Options{})
			clearMonths(t, address)
			putOperations(t, address, 0, c.held...)
			if _, err := s.MakePartitions(t.Context(), at(c.ask), 1); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(monthsOf(t, s), " "); !regexp.MustCompile(c.months).MatchString(got) {
				t.Errorf("the partitions are %q, want %q", got, c.months)
			}
			if got := places(t, s); got != c.places {
				t.Errorf("the rows stand in %q, want %q", got, c.places)
			}
			putOperations(t, address, 100, "2050-01-01")
			if got := places(t, s); got != c.places+" default:100" {
				t.Errorf("afterwards a row of another time stands in %q", got)
			}
			if lacking := query[[]string](t, s, "SELECT coalesce(array_agg(u::text), '{}') FROM {{ledger}}.unguarded() AS u"); len(lacking) > 0 {
				t.Errorf("there is no trigger on %v", lacking)
			}
			if owners := query[[]string](t, s, "SELECT array_agg(DISTINCT relowner::regrole::text) FROM pg_class WHERE relname LIKE 'transformation_operation%'"); !slices.Equal(owners, []string{"daybook_owner"}) {
				t.Errorf("they belong to %v", owners)
			}
		})
	}
}

// clearMonths takes away the empty partitions that the migration made.
func clearMonths(t testing.TB, address string) {
	t.Helper()
	pgtest.Exec(t, address, `DO $$ DECLARE p text; BEGIN
		FOR p IN SELECT m.partition FROM ledger.months('transformation_operation') AS m WHERE m.since IS NOT NULL LOOP EXECUTE format('DROP TABLE ledger.%I', p); END LOOP; END $$`)
}

// TestADefaultOnBothSidesOfAPartitionStays holds that what cannot be one range
// of months is left as it is, and is in nobody's way.
func TestADefaultOnBothSidesOfAPartitionStays(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	s := openStore(t, address, Options{})
	if _, err := s.MakePartitions(t.Context(), at("2035-02-01"), 1); err != nil {
		t.Fatal(err)
	}
	putOperations(t, address, 0, "2035-01-01", "2035-02-01", "2035-03-01")
	if made, err := s.MakePartitions(t.Context(), at("2035-04-01"), 1); err != nil || !slices.Contains(made, "transformation_operation_2035_04") {
		t.Errorf("made %v, %v", made, err)
	}
	if got := places(t, s); got != "default:0 2035_02:1 default:2" {
		t.Errorf("the rows stand in %q", got)
	}
	if _, err := s.MakePartitions(t.Context(), at("2035-03-01"), 1); daybook.CodeOf(err) != daybook.CodeUnavailable {
		t.Errorf("a partition for rows that the default holds: %v", err)
	}
}

// TestWhoReadsIsNotInTheWay holds that making a partition gives up soon where
// somebody reads for long, and that nobody queues up behind it meanwhile.
func TestWhoReadsIsNotInTheWay(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	s := openStore(t, address, Options{})
	reading := connected(t, address)
	if _, err := reading.Exec(t.Context(), "BEGIN; SELECT count(*) FROM ledger.transformation_operation"); err != nil {
		t.Fatal(err)
	}
	p, err := makePartition(t.Context(), s.pool, s.target.names, daybook.MustKind(operations), at("2035-01-01")) // does not wait until he has read
	if err != nil || p.made || p.name != "" || !strings.Contains(p.reason, "lock timeout") {
		t.Errorf("it made %+v, %v", p, err)
	}
	putOperations(t, address, 0, "2035-01-15") // the default takes it
	if _, err := s.MakePartitions(t.Context(), at("2035-01-01"), 1); daybook.CodeOf(err) != daybook.CodeUnavailable {
		t.Errorf("while somebody reads: %v", err)
	}
	if _, err := reading.Exec(t.Context(), "COMMIT"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.MakePartitions(t.Context(), at("2035-01-01"), 1); err != nil {
		t.Error(err)
	}
	if got := places(t, s); got != "2035_01:0" {
		t.Errorf("the row stands in %q", got)
	}
}

// TestNoOtherTableGetsPartitions holds what who may make partitions can make.
func TestNoOtherTableGetsPartitions(t *testing.T) {
	t.Parallel()
	server := connected(t, testLogin(t, testURL(t), "daybook_writer"))
	for _, table := range []string{"conversations", "spine", "nonsense", "", "ledger.transformation_operation", "transformation_operation_default", `x" PARTITION`} {
		if _, err := server.Exec(t.Context(), "SELECT ledger.make_partition($1, now())", table); err == nil || !strings.Contains(err.Error(), "do not stand in partitions") {
			t.Errorf("partitions of %q: %v", table, err)
		}
	}
	for _, moment := range []string{"infinity", "-infinity", "0044-03-15 BC", "10000-01-01"} {
		if got := answer(t, server, "SELECT partition, made FROM ledger.make_partition('thinking_logs', $1::timestamptz)", moment); got[0] != "|f" {
			t.Errorf("a partition for %s: %v", moment, got)
		}
	}
}

// TestPartitionsArePruned shows that who asks for a time, or for an entry by
// its place, reads the partitions of it and no others.
func TestPartitionsArePruned(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	s := openStore(t, address, Options{})
	if _, err := s.MakePartitions(t.Context(), at("2035-01-01"), 12); err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, address, `
		INSERT INTO ledger.spine SELECT n, gen_random_uuid(), 8, timestamptz '2035-01-01 00:00Z' + n * interval '15 minutes', '2036-01-01', '\x00' FROM generate_series(0, 33000) AS n;
		INSERT INTO ledger.transformation_operation (seq, logged_at, business_id, id, revision) SELECT seq, logged_at, 'default', seq, 1 FROM ledger.spine;
		ANALYZE`)
	type question struct {
		sql     string
		args    []any
		touched []string
	}
	questions := []question{
		{"SELECT count(*) FROM ledger.transformation_operation WHERE logged_at >= '2035-03-10Z' AND logged_at < '2035-04-02Z'", nil, []string{"2035_03", "2035_04"}},
		{"SELECT count(*) FROM audit.transformation_operation WHERE logged_at >= '2035-03-10Z' AND logged_at < '2035-03-12Z'", nil, []string{"2035_03"}},
		{"SELECT count(*) FROM ledger.transformation_operation WHERE logged_at >= timestamptz '2035-06-01Z' - interval '1 day' AND logged_at < '2035-06-01Z'", nil, []string{"2035_05"}},
	}
	for _, seqs := range [][]int64{{1700}, {10, 20, 20000}} { // as the store looks entries up
		q := daybook.Query{Kind: daybook.MustKind(operations), Seqs: seqs}
		b, err := s.selection(q)
		if err != nil {
			t.Fatal(err)
		}
		sql, args := b.sql(q, wayFirst)
		questions = append(questions, question{s.sql(sql), args, []string{"2035_01", "2035_07"}[:min(len(seqs), 2)]})
	}
	conn := connected(t, address)
	for _, q := range questions {
		lines := answer(t, conn, "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) "+q.sql, q.args...)
		var got []string
		for _, line := range lines {
			scanned := regexp.MustCompile(`on transformation_operation_(\w+)`).FindStringSubmatch(line)
			if scanned != nil && !strings.Contains(line, "never executed") && !slices.Contains(got, scanned[1]) {
				got = append(got, scanned[1])
			}
		}
		if slices.Sort(got); !slices.Equal(got, q.touched) {
			t.Errorf("%s\nreads %v, want %v:\n%s", q.sql, got, q.touched, strings.Join(lines, "\n"))
		}
	}
}
