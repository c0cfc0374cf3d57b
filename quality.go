package daybook

import (
	"encoding/json"
	"time"
)

// IngestRun is one collection of data entering the system from outside.
type IngestRun struct {
	// ID names the run.
	ID string `daybook:"id;subject;uuid"`
	// BusinessID is the tenant.
	BusinessID string `daybook:"business_id;default=default"`
	// JobType says what sort of collection it is.
	JobType string `daybook:"job_type;required"`
	// AgentID is the agent that collects.
	AgentID string `daybook:"agent_id;agent"`
	// Source is where the data comes from.
	Source string `daybook:"source"`
	// TargetTable is the table it goes to.
	TargetTable string `daybook:"target_table;index"`
	// StartedAt is when it began.
	StartedAt time.Time `daybook:"started_at;time"`
	// CompletedAt is when it ended.
	CompletedAt time.Time `daybook:"completed_at;amend=once;after=started_at;filled"`
	// Status is where the run stands.
	Status string `daybook:"status;closed=RUNNING|COMPLETED|FAILED|PARTIAL;default=RUNNING;amend=oneway"`
	// RecordsFetched counts what the source gave.
	RecordsFetched *int64 `daybook:"records_fetched;min=0;amend=grow"`
	// RecordsInserted counts what was new.
	RecordsInserted *int64 `daybook:"records_inserted;min=0;amend=grow"`
	// RecordsUpdated counts what had changed.
	RecordsUpdated *int64 `daybook:"records_updated;min=0;amend=grow"`
	// RecordsFailed counts what could not be taken.
	RecordsFailed *int64 `daybook:"records_failed;min=0;amend=grow"`
	// ErrorMessage says what went wrong.
	ErrorMessage string `daybook:"error_message;long;amend=once"`
	// Metadata is anything else about it.
	Metadata json.RawMessage `daybook:"metadata"`
}

// ValidationStatus is a checker's verdict on a table or a run.
type ValidationStatus struct {
	// ID names the validation.
	ID string `daybook:"id;subject;uuid"`
	// BusinessID is the tenant.
	BusinessID string `daybook:"business_id;default=default"`
	// ValidationType says what was checked.
	ValidationType string `daybook:"validation_type;required"`
	// AgentID is the agent that checked.
	AgentID string `daybook:"agent_id;agent"`
	// TableName is the table checked.
	TableName string `daybook:"table_name;index"`
	// SessionID is the session whose work was checked.
	SessionID string `daybook:"session_id;index"`
	// IngestRunID is the data collection that was checked.
	IngestRunID string `daybook:"ingest_run_id"`
	// Status is the verdict.
	Status string `daybook:"status;required;closed=PASSED|FAILED|WARNING|PENDING"`
	// IssueCount counts the issues found.
	IssueCount *int64 `daybook:"issue_count;min=0"`
	// Issues describes them, never holding rows of data.
	Issues json.RawMessage `daybook:"issues"`
	// ValidatedAt is when it was checked.
	ValidatedAt time.Time `daybook:"validated_at;time"`
}
