package postgres

import (
	"slices"
	"strings"
)

// synonyms are the names under which tables of others have the fields of a kind,
// the likeliest first. A column is taken for one field, the first that asks
// for it.
var synonyms = map[string][]synonym{
	"ingest_run": {
		{"id", []string{"id", "run_id", "ingest_run_id", "uuid"}, nil},
		{"business_id", []string{"business_id", "tenant_id", "tenant"}, nil},
		{"job_type", []string{"job_type", "run_type", "ingest_type", "job_name", "job", "type", "collector_type", "source_type", "name"}, nil},
		{"agent_id", []string{"agent_id", "agent", "agent_name", "collector_id", "collector", "collector_name", "worker", "created_by", "run_by"}, nil},
		{"source", []string{"source", "data_source", "source_name", "source_url", "url", "source_system", "feed", "provider"}, nil},
		{"target_table", []string{"target_table", "target", "destination_table", "destination", "dest_table", "bronze_table", "output_table", "table_name"}, nil},
		{"started_at", []string{"started_at", "start_time", "started", "start_at", "run_started_at", "begin_time", "begun_at", "start_ts", "run_at", "run_time", "created_at", "inserted_at", "timestamp", "ts", "run_date"}, nil},
		{"completed_at", []string{"completed_at", "ended_at", "finished_at", "end_time", "completed", "finished", "end_at", "finish_time", "completion_time", "run_ended_at", "end_ts"}, notTruths},
		{"status", []string{"status", "state", "run_status", "job_status", "result", "outcome", "success", "succeeded", "is_success"}, nil},
		{"records_fetched", []string{"records_fetched", "rows_fetched", "records_read", "rows_read", "records_in", "rows_in", "fetched", "records_processed", "rows_processed", "total_records", "records_total", "record_count", "row_count", "records", "rows"}, numbers},
		{"records_inserted", []string{"records_inserted", "rows_inserted", "inserted", "records_loaded", "rows_loaded", "records_written", "rows_written", "records_created", "records_new"}, numbers},
		{"records_updated", []string{"records_updated", "rows_updated", "updated", "records_changed", "records_modified"}, numbers},
		{"records_failed", []string{"records_failed", "rows_failed", "failed", "records_rejected", "rows_rejected", "rejected", "error_count", "errors_count", "errors"}, numbers},
		{"error_message", []string{"error_message", "error_msg", "error", "errors", "error_text", "error_details", "error_detail", "last_error", "exception", "failure_reason", "message"}, words},
		{"metadata", []string{"metadata", "meta", "details", "extra", "info"}, nil},
	},
	"validation_status": {
		{"id", []string{"id", "validation_id", "uuid"}, nil},
		{"business_id", []string{"business_id", "tenant_id", "tenant"}, nil},
		{"validation_type", []string{"validation_type", "check_type", "validation", "check_name", "validation_name", "rule", "rule_name", "test_name", "type", "name"}, nil},
		{"agent_id", []string{"agent_id", "agent", "agent_name", "checker_agent", "checker", "checker_id", "validator", "validated_by", "checked_by", "approved_by", "created_by"}, nil},
		{"table_name", []string{"table_name", "target_table", "checked_table", "table", "object_name", "dataset", "relation", "target"}, nil},
		{"session_id", []string{"session_id", "transformation_session_id"}, nil},
		{"ingest_run_id", []string{"ingest_run_id", "run_id", "ingest_id", "ingestion_run_id", "ingest_run"}, nil},
		{"status", []string{"status", "state", "validation_status", "result", "outcome", "verdict", "approval_status", "passed", "is_valid", "valid", "approved", "success"}, nil},
		{"issue_count", []string{"issue_count", "issues_count", "num_issues", "error_count", "errors_count", "violation_count", "violations", "failures", "failed_count", "issues"}, numbers},
		{"issues", []string{"issues", "issue_details", "errors", "findings", "problems", "messages", "message", "error_message", "details", "notes"}, words},
		{"validated_at", []string{"validated_at", "checked_at", "approved_at", "validation_time", "validated_on", "run_at", "created_at", "timestamp", "ts", "updated_at"}, nil},
	},
}

// synonym is a field, the names it goes by, and which types it may have; nil for
// any.
type synonym struct {
	field string
	names []string
	takes func(sqlType string) bool
}

func numbers(sqlType string) bool {
	switch sqlType {
	case "smallint", "integer", "bigint", "numeric", "real", "double precision":
		return true
	}
	return false
}

func words(sqlType string) bool { return !numbers(sqlType) && sqlType != "boolean" }

func notTruths(sqlType string) bool { return sqlType != "boolean" }

// assign says which field each column of a table is.
func assign(kind string, columns []AdoptedColumn) {
	for _, s := range synonyms[kind] {
		if i := s.find(columns); i >= 0 {
			columns[i].Field = s.field
		}
	}
}

func (s synonym) find(columns []AdoptedColumn) int {
	for _, name := range s.names {
		i := slices.IndexFunc(columns, func(c AdoptedColumn) bool {
			return c.Field == "" && plainName(c.Name) == name && (s.takes == nil || s.takes(c.Type))
		})
		if i >= 0 {
			return i
		}
	}
	return -1
}

// plainName is a column's name in the spelling of the list: runId, "Run ID" and
// RUN-ID are run_id.
func plainName(name string) string {
	var b strings.Builder
	for i, r := range name {
		switch upper := r >= 'A' && r <= 'Z'; {
		case upper && i > 0 && name[i-1] >= 'a' && name[i-1] <= 'z':
			b.WriteByte('_')
			b.WriteRune(r + 'a' - 'A')
		case upper:
			b.WriteRune(r + 'a' - 'A')
		case r == ' ', r == '-':
			b.WriteByte('_')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// words of others for the states of a kind, in capitals.
var statusWords = map[string]map[string]string{
	"ingest_run": {
		"RUNNING": "RUNNING", "STARTED": "RUNNING", "IN_PROGRESS": "RUNNING", "INPROGRESS": "RUNNING", "ACTIVE": "RUNNING",
		"PENDING": "RUNNING", "QUEUED": "RUNNING", "PROCESSING": "RUNNING",
		"COMPLETED": "COMPLETED", "COMPLETE": "COMPLETED", "SUCCESS": "COMPLETED", "SUCCEEDED": "COMPLETED", "SUCCESSFUL": "COMPLETED",
		"DONE": "COMPLETED", "FINISHED": "COMPLETED", "OK": "COMPLETED", "TRUE": "COMPLETED",
		"FAILED": "FAILED", "FAIL": "FAILED", "FAILURE": "FAILED", "ERROR": "FAILED", "ERRORED": "FAILED", "ABORTED": "FAILED",
		"CANCELLED": "FAILED", "CANCELED": "FAILED", "KILLED": "FAILED", "TIMEOUT": "FAILED", "TIMED_OUT": "FAILED", "FALSE": "FAILED",
		"PARTIAL": "PARTIAL", "PARTIALLY_COMPLETED": "PARTIAL", "PARTIAL_SUCCESS": "PARTIAL", "COMPLETED_WITH_ERRORS": "PARTIAL", "WARNING": "PARTIAL",
	},
	"validation_status": {
		"PASSED": "PASSED", "PASS": "PASSED", "OK": "PASSED", "SUCCESS": "PASSED", "SUCCEEDED": "PASSED", "APPROVED": "PASSED",
		"VALID": "PASSED", "VALIDATED": "PASSED", "TRUE": "PASSED",
		"FAILED": "FAILED", "FAIL": "FAILED", "FAILURE": "FAILED", "ERROR": "FAILED", "REJECTED": "FAILED", "INVALID": "FAILED", "FALSE": "FAILED",
		"WARNING": "WARNING", "WARN": "WARNING", "PARTIAL": "WARNING", "PASSED_WITH_WARNINGS": "WARNING",
		"PENDING": "PENDING", "RUNNING": "PENDING", "IN_PROGRESS": "PENDING", "WAITING": "PENDING", "OPEN": "PENDING", "NEW": "PENDING", "REVIEW": "PENDING",
	},
}

// statusWord finds the word of a kind for one of others; "" where it is not
// known.
func statusWord(kind, word string) string {
	return statusWords[kind][strings.ToUpper(strings.NewReplacer(" ", "_", "-", "_").Replace(strings.TrimSpace(word)))]
}
