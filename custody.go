package daybook

import (
	"encoding/json"
	"time"
)

// LogAccessAudit is one reading of the log: who asked what, when, and how much
// came out. Identical reads of one principal within a minute share an entry.
type LogAccessAudit struct {
	// AccessID names the access.
	AccessID string `daybook:"access_id;subject"`
	// BusinessID is the tenant.
	BusinessID string `daybook:"business_id;default=default"`
	// AccessedAt is when.
	AccessedAt time.Time `daybook:"accessed_at;time"`
	// Role is the reader's role.
	Role string `daybook:"role"`
	// Action says what sort of reading it is.
	Action string `daybook:"action;required;known=read|query|export|verify|search|login"`
	// Target is what was read.
	Target string `daybook:"target;long"`
	// QueryText is the SQL asked, if any.
	QueryText string `daybook:"query_text;long"`
	// Parameters are the parameters of the read.
	Parameters json.RawMessage `daybook:"parameters"`
	// RowsReturned counts what came out.
	RowsReturned *int64 `daybook:"rows_returned;min=0;amend=once"`
	// DurationMS is the whole milliseconds it took.
	DurationMS *int64 `daybook:"duration_ms;min=0;amend=once"`
	// Outcome says how it ended; absent while a stream runs.
	Outcome string `daybook:"outcome;known=ok|error|cancelled;amend=once"`
	// ReadCount counts the identical reads that share this entry.
	ReadCount *int64 `daybook:"read_count;min=1;amend=grow"`
	// IPAddress is where the reader called from.
	IPAddress string `daybook:"ip_address;filled"`
	// UserAgent is what the reader called with.
	UserAgent string `daybook:"user_agent;filled"`
}

// LedgerEvent is something that happened to the ledger itself: tokens made and
// revoked, failed logins, servers started, configuration, keys. What concerns no
// single business is of the business "*".
type LedgerEvent struct {
	// ID names the event.
	ID string `daybook:"id;subject;uuid"`
	// BusinessID is the tenant.
	BusinessID string `daybook:"business_id;default=default"`
	// EventType says what happened.
	EventType string `daybook:"event_type;required;known=token_created|token_revoked|login_failed|server_started|configuration_changed|key_created|key_rotated|new_origin"`
	// OccurredAt is when.
	OccurredAt time.Time `daybook:"occurred_at;time"`
	// Actor is who did it.
	Actor string `daybook:"actor"`
	// Target is what it was done to.
	Target string `daybook:"target"`
	// Details are the particulars, never a secret.
	Details json.RawMessage `daybook:"details"`
	// IPAddress is where the actor called from.
	IPAddress string `daybook:"ip_address;filled"`
	// UserAgent is what the actor called with.
	UserAgent string `daybook:"user_agent;filled"`
}

// RetentionRun is one run of the operator's retention job. It stands in the
// ledger before any body goes, and covers what it removed.
type RetentionRun struct {
	// ID names the run.
	ID string `daybook:"id;subject;uuid"`
	// BusinessID is the tenant.
	BusinessID string `daybook:"business_id;default=default"`
	// StartedAt is when it began.
	StartedAt time.Time `daybook:"started_at;time"`
	// CompletedAt is when it ended.
	CompletedAt time.Time `daybook:"completed_at;amend=once;after=started_at;filled"`
	// Status is where the run stands.
	Status string `daybook:"status;closed=RUNNING|COMPLETED|FAILED;default=RUNNING;amend=oneway"`
	// Tier is what the bodies leave for.
	Tier string `daybook:"tier;known=WARM|COLD|EXPIRED"`
	// TargetKinds are the kinds it covers.
	TargetKinds []string `daybook:"target_kinds"`
	// Cutoff is the retain_until up to which it covers them.
	Cutoff time.Time `daybook:"cutoff"`
	// Policy is the policy it applied.
	Policy json.RawMessage `daybook:"policy"`
	// EntriesExpired counts the bodies removed.
	EntriesExpired *int64 `daybook:"entries_expired;min=0;amend=grow"`
	// BytesFreed counts the bytes they took.
	BytesFreed *int64 `daybook:"bytes_freed;min=0;amend=grow"`
	// ErrorMessage says what went wrong.
	ErrorMessage string `daybook:"error_message;long;amend=once"`
}

// RetentionHold keeps bodies from expiring, for as long as it stands.
type RetentionHold struct {
	// ID names the hold.
	ID string `daybook:"id;subject;uuid"`
	// BusinessID is the tenant.
	BusinessID string `daybook:"business_id;default=default"`
	// PlacedAt is when it was placed.
	PlacedAt time.Time `daybook:"placed_at;time"`
	// PlacedBy is who placed it.
	PlacedBy string `daybook:"placed_by"`
	// Reason says why.
	Reason string `daybook:"reason;long;required"`
	// TargetKind is the kind it holds; absent means every kind.
	TargetKind string `daybook:"target_kind"`
	// TargetID is the subject it holds; absent means every one.
	TargetID string `daybook:"target_id"`
	// ReleasedAt is when it was lifted.
	ReleasedAt time.Time `daybook:"released_at;amend=once;after=placed_at"`
	// ReleasedBy is who lifted it.
	ReleasedBy string `daybook:"released_by;amend=once"`
}

// Erasure is the removal of a whole subject's bodies before their time, by
// order of someone entitled to it.
type Erasure struct {
	// ID names the erasure.
	ID string `daybook:"id;subject;uuid"`
	// BusinessID is the tenant.
	BusinessID string `daybook:"business_id;default=default"`
	// ErasedAt is when.
	ErasedAt time.Time `daybook:"erased_at;time"`
	// TargetKind is the kind of the subject.
	TargetKind string `daybook:"target_kind;required"`
	// TargetID is the subject.
	TargetID string `daybook:"target_id;required"`
	// LogIDs are the entries whose bodies went.
	LogIDs []string `daybook:"log_ids"`
	// Reason says why.
	Reason string `daybook:"reason;long;required"`
	// RequestedBy is who asked.
	RequestedBy string `daybook:"requested_by"`
	// ApprovedBy is who allowed it.
	ApprovedBy string `daybook:"approved_by"`
}

// TransformationSessionArchive is what stays of a session after its hot time:
// its own columns, with its operations combined.
type TransformationSessionArchive struct {
	// ID is the session's id.
	ID string `daybook:"id;subject;uuid"`
	// BusinessID is the tenant.
	BusinessID string `daybook:"business_id;default=default"`
	// SessionType says what sort of work it was.
	SessionType string `daybook:"session_type"`
	// AgentID is which agent.
	AgentID string `daybook:"agent_id;agent;required"`
	// AgentType says what sort of agent it was.
	AgentType string `daybook:"agent_type"`
	// SourceLayer is where the data came from.
	SourceLayer string `daybook:"source_layer;closed=BRONZE|SILVER|GOLD|OTHER"`
	// SourceTables are the tables read.
	SourceTables []string `daybook:"source_tables"`
	// StartedAt is when it was checked out.
	StartedAt time.Time `daybook:"started_at;time"`
	// CompletedAt is when it was checked in.
	CompletedAt time.Time `daybook:"completed_at;after=started_at"`
	// Status is how it ended.
	Status string `daybook:"status;closed=ACTIVE|COMPLETED|FAILED|ABANDONED"`
	// OperationsCount counts its operations.
	OperationsCount *int64 `daybook:"operations_count;min=0"`
	// OutputsCount counts its artifacts.
	OutputsCount *int64 `daybook:"outputs_count;min=0"`
	// Purpose says what for.
	Purpose string `daybook:"purpose;long"`
	// Operations are its operations combined: counts, rows and time by type and output.
	Operations json.RawMessage `daybook:"operations"`
	// ArchivedAt is when the archive was made.
	ArchivedAt time.Time `daybook:"archived_at"`
}

// TransformationSessionSummary is what stays after a year: counts of one
// agent, type and month.
type TransformationSessionSummary struct {
	// ID names the summary.
	ID string `daybook:"id;subject;uuid"`
	// BusinessID is the tenant.
	BusinessID string `daybook:"business_id;default=default"`
	// AgentID is which agent.
	AgentID string `daybook:"agent_id;agent;required"`
	// AgentType says what sort of agent it was.
	AgentType string `daybook:"agent_type"`
	// SessionType says what sort of work it was.
	SessionType string `daybook:"session_type"`
	// Month is the first day of the month.
	Month string `daybook:"month;date;required"`
	// SessionsCount counts the sessions.
	SessionsCount *int64 `daybook:"sessions_count;min=0"`
	// CompletedCount counts those that completed.
	CompletedCount *int64 `daybook:"completed_count;min=0"`
	// FailedCount counts those that failed.
	FailedCount *int64 `daybook:"failed_count;min=0"`
	// AbandonedCount counts those nobody checked in.
	AbandonedCount *int64 `daybook:"abandoned_count;min=0"`
	// OperationsCount counts their operations.
	OperationsCount *int64 `daybook:"operations_count;min=0"`
	// OutputsCount counts their artifacts.
	OutputsCount *int64 `daybook:"outputs_count;min=0"`
	// SummarizedAt is when the summary was made.
	SummarizedAt time.Time `daybook:"summarized_at;time"`
}
