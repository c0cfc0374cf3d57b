package pipeline

import (
	"strings"
	"testing"

	"zombiezen.com/go/sqlite"
)

func TestBronzeKeepsTextAndLine(t *testing.T) {
	t.Parallel()
	p := open(t, t.TempDir())
	p.IngestRunID = "run-1"
	if _, err := p.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The expectation is the file itself: line 14 is corn's total supply of 2021/22, quoted for its comma.
	line := strings.TrimSpace(strings.Split(string(sourceCSV), "\n")[13])
	var got string
	err := p.each(`SELECT wasde_number || ',' || report_date || ',' || report_title || ',"' || attribute || '",' || reliability_projection
		|| ',' || commodity || ',' || region || ',' || market_year || ',' || proj_est_flag || ',' || annual_quarter_flag || ','
		|| value || ',' || unit || ',' || release_date || ',' || release_time || ',' || forecast_year || ',' || forecast_month
		FROM bronze.wasde_cell JOIN bronze.wasde_release USING (wasde_number) WHERE line_number = 14 AND ingest_run_id = 'run-1'`,
		func(stmt *sqlite.Stmt) error {
			got = stmt.ColumnText(0)
			return nil
		})
	if err != nil || got != line {
		t.Errorf("bronze gives %q (%v)\nthe file has %q", got, err, line)
	}
}

func TestIngestRunReachesObservations(t *testing.T) {
	t.Parallel()
	p := open(t, t.TempDir())
	p.IngestRunID = "run-1"
	runAll(t, p)
	n, err := p.count(`SELECT COUNT(*) FROM silver.observation AS o JOIN bronze.wasde_cell AS c ON c.id = o.source_id
		WHERE o.ingest_run_id = 'run-1' AND o.source_table = 'bronze.wasde_cell' AND CAST(c.value AS REAL) = o.value`)
	if err != nil || n != 84 {
		t.Errorf("%d of 84 observations lead back to their run and cell, %v", n, err)
	}
}

func TestBadFileChangesNothing(t *testing.T) {
	t.Parallel()
	text := string(sourceCSV)
	header, body, _ := strings.Cut(text, "\n")
	for name, file := range map[string]string{
		"empty":          "",
		"header alone":   header + "\n",
		"other header":   strings.Replace(text, "MarketYear", "MarketingYear", 1),
		"short line":     text + "644,January 2024\n",
		"second release": text + strings.Replace(strings.SplitN(body, "\n", 2)[0], "644", "645", 1) + "\n",
	} {
		p := open(t, t.TempDir())
		if _, err := p.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := p.load(t.Context(), strings.NewReader(file)); err == nil {
			t.Errorf("%s: loaded", name)
		}
		if n, err := p.count("SELECT COUNT(*) FROM bronze.wasde_cell"); err != nil || n != 84 {
			t.Errorf("%s: %d rows left, %v", name, n, err)
		}
	}
}

// exportsLine is a line of the file.
const exportsLine = `644,January 2024,U.S. Feed Grain and Corn Supply and Use,Exports,,Corn,United States,2023/24,Proj.,Annual,2100.00,Million Bushels,2024-01-12,12:00:00.0000000,2024,1`

// withExports returns the file with line in the place of exportsLine.
func withExports(t *testing.T, line string) *strings.Reader {
	t.Helper()
	if strings.Count(string(sourceCSV), exportsLine) != 1 {
		t.Fatal("the file has no such line")
	}
	return strings.NewReader(strings.Replace(string(sourceCSV), exportsLine, line, 1))
}

func TestLastMonthsForecastIsLeftOut(t *testing.T) {
	t.Parallel()
	p := open(t, t.TempDir())
	december := strings.NewReplacer("2100.00", "2075.00", ",2024,1", ",2023,12").Replace(exportsLine)
	if _, err := p.load(t.Context(), withExports(t, december+"\n"+exportsLine)); err != nil {
		t.Fatal(err)
	}
	result, err := p.Run(t.Context(), cleanStep())
	if err != nil || result.InputRows != 86 || result.OutputRows != 84 {
		t.Fatalf("%+v, %v", result, err)
	}
	n, err := p.count("SELECT CAST(value AS INTEGER) FROM silver.wasde_figure WHERE commodity = 'Corn' AND attribute = 'Exports' AND market_year = '2023/24'")
	if err != nil || n != 2100 {
		t.Errorf("exports are %d, %v", n, err)
	}
}

func TestThousandsSeparatorsAreRead(t *testing.T) {
	t.Parallel()
	p := open(t, t.TempDir())
	line := strings.Replace(exportsLine, "2100.00", `" 2,100.00 "`, 1)
	if _, err := p.load(t.Context(), withExports(t, line)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Run(t.Context(), cleanStep()); err != nil {
		t.Fatal(err)
	}
	n, err := p.count("SELECT COUNT(*) FROM silver.wasde_figure WHERE attribute = 'Exports' AND value = 2100.0")
	if err != nil || n != 1 {
		t.Errorf("%d figures of 2100, %v", n, err)
	}
}

func TestWhatHasNoCodeOrNumberIsRefused(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{
		"attribute": strings.Replace(exportsLine, "Exports", "Re-exports", 1),
		"unit":      strings.Replace(exportsLine, "Million Bushels", "Bushels of 56 lb", 1),
		"flag":      strings.Replace(exportsLine, "Proj.", "Guess", 1),
		"number":    strings.Replace(exportsLine, "2100.00", "n/a", 1),
		"duplicate": exportsLine + "\n" + exportsLine,
	} {
		p := open(t, t.TempDir())
		if _, err := p.load(t.Context(), withExports(t, line)); err != nil {
			t.Fatal(err)
		}
		_, err := p.Run(t.Context(), cleanStep())
		if err == nil {
			_, err = p.Run(t.Context(), normalizeStep())
		}
		if sqlite.ErrCode(err).ToPrimary() != sqlite.ResultConstraint {
			t.Errorf("%s: %v, want a constraint error", name, err)
		}
	}
}
