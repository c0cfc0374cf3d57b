package pipeline

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// SourceFile is the name of the USDA file that Load reads, as bronze.wasde_release keeps it.
const SourceFile = "wasde_644_us_corn.csv"

//go:embed data/wasde_644_us_corn.csv
var sourceCSV []byte

// csvHeader is the header of USDA's report-data CSV, in its order.
var csvHeader = []string{
	"WasdeNumber", "ReportDate", "ReportTitle", "Attribute", "ReliabilityProjection", "Commodity", "Region",
	"MarketYear", "ProjEstFlag", "AnnualQuarterFlag", "Value", "Unit", "ReleaseDate", "ReleaseTime",
	"ForecastYear", "ForecastMonth",
}

// Positions in csvHeader of the fields that say which release a line belongs to.
const (
	wasdeNumberField = 0
	reportDateField  = 1
	releaseDateField = 12
	releaseTimeField = 13
)

const insertRelease = `INSERT INTO bronze.wasde_release
    (wasde_number, report_date, release_date, release_time, source_file, ingest_run_id)
VALUES (?, ?, ?, ?, ?, NULLIF(?, ''))`

const insertCell = `INSERT INTO bronze.wasde_cell
    (line_number, wasde_number, report_title, attribute, reliability_projection, commodity, region,
     market_year, proj_est_flag, annual_quarter_flag, value, unit, forecast_year, forecast_month)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

// LoadResult counts what an ingest did.
type LoadResult struct {
	Fetched  int64         // lines of the CSV, without its header
	Inserted int64         // rows now in bronze.wasde_cell
	Releases int64         // rows now in bronze.wasde_release
	Elapsed  time.Duration // wall time, reading and writing
}

// Load reads the USDA file into bronze.wasde_release (one row) and bronze.wasde_cell (one row a line, text as
// it came), replacing what they held. A file that is not one whole release changes nothing.
func (p *Pipeline) Load(ctx context.Context) (LoadResult, error) {
	return p.load(ctx, bytes.NewReader(sourceCSV))
}

func (p *Pipeline) load(ctx context.Context, source io.Reader) (LoadResult, error) {
	start := time.Now()
	var result LoadResult
	err := p.transact(ctx, func() error {
		var err error
		if err = sqlitex.ExecuteScript(p.conn, "DELETE FROM bronze.wasde_cell; DELETE FROM bronze.wasde_release;", nil); err != nil {
			return err
		}
		if result.Fetched, err = p.insertLines(source); err != nil {
			return fmt.Errorf("load %s: %w", SourceFile, err)
		}
		if result.Inserted, err = p.count("SELECT COUNT(*) FROM bronze.wasde_cell"); err != nil {
			return err
		}
		result.Releases, err = p.count("SELECT COUNT(*) FROM bronze.wasde_release")
		return err
	})
	if err != nil {
		return LoadResult{}, err
	}
	result.Elapsed = time.Since(start)
	return result, nil
}

// insertLines writes the file's lines and their release, and returns how many lines it read.
func (p *Pipeline) insertLines(source io.Reader) (int64, error) {
	reader := csv.NewReader(source)
	reader.FieldsPerRecord = len(csvHeader)
	header, err := reader.Read()
	if err != nil {
		return 0, fmt.Errorf("read the header: %w", err)
	}
	if !slices.Equal(header, csvHeader) {
		return 0, fmt.Errorf("the header is %q, not that of USDA's report-data CSV", header)
	}
	cells, err := p.conn.Prepare(insertCell)
	if err != nil {
		return 0, err
	}
	var release []string
	var lines int64
	for ; ; lines++ {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return lines, err
		}
		number, _ := reader.FieldPos(0)
		if release == nil {
			release = releaseOf(record)
		}
		if !slices.Equal(release, releaseOf(record)) {
			return lines, fmt.Errorf("line %d is of release %q, the file began with %q", number, releaseOf(record), release)
		}
		if err := insertLine(cells, number, record); err != nil {
			return lines, fmt.Errorf("line %d: %w", number, err)
		}
	}
	if release == nil {
		return 0, errors.New("the file holds no figures")
	}
	return lines, p.insertRelease(release)
}

// releaseOf returns the fields of a line that name its release, in the order of insertRelease.
func releaseOf(record []string) []string {
	return []string{record[wasdeNumberField], record[reportDateField], record[releaseDateField], record[releaseTimeField]}
}

// insertLine writes one line without the release's own fields, which are in bronze.wasde_release.
func insertLine(cells *sqlite.Stmt, number int, record []string) error {
	bind := 1 // SQLite counts parameters from 1
	cells.BindInt64(bind, int64(number))
	for field, text := range record {
		switch field {
		case reportDateField, releaseDateField, releaseTimeField:
		default:
			bind++
			cells.BindText(bind, text)
		}
	}
	if _, err := cells.Step(); err != nil {
		return err
	}
	return cells.Reset()
}

func (p *Pipeline) insertRelease(release []string) error {
	args := make([]any, 0, len(release)+2)
	for _, field := range release {
		args = append(args, field)
	}
	args = append(args, SourceFile, p.IngestRunID)
	return sqlitex.Execute(p.conn, insertRelease, &sqlitex.ExecOptions{Args: args})
}
