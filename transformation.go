package daybook

import (
	"encoding/json"
	"time"
)

// TransformationSession is the checkout: an agent starts working with data,
// and later checks in COMPLETED or FAILED.
type TransformationSession struct {
	// ID names the session.
	ID string `daybook:"id;subject;uuid"`
	// BusinessID is the tenant.
	BusinessID string `daybook:"business_id;default=default"`
	// SessionType says what sort of work it is; follows from the layers where it is not given.
	SessionType string `daybook:"session_type;known=BRONZE_TO_SILVER|SILVER_AGGREGATE|GOLD_VISUALIZATION|AD_HOC_ANALYSIS;filled"`
	// AgentID is which agent.
	AgentID string `daybook:"agent_id;agent;required"`
	// AgentType says what sort of agent it is.
	AgentType string `daybook:"agent_type;known=COLLECTOR|TRANSFORMER|ANALYST|VISUALIZATION"`
	// AgentVersion is the agent's version.
	AgentVersion string `daybook:"agent_version"`
	// SourceLayer is where the data comes from; follows from the source tables where it is not given.
	SourceLayer string `daybook:"source_layer;closed=BRONZE|SILVER|GOLD|OTHER;filled"`
	// SourceTables are the tables read.
	SourceTables []string `daybook:"source_tables;amend=grow"`
	// SourceFilters are the filters applied, as the agent states them.
	SourceFilters json.RawMessage `daybook:"source_filters"`
	// DataStartDate is the first day the data covers.
	DataStartDate string `daybook:"data_start_date;date"`
	// DataEndDate is the last day the data covers.
	DataEndDate string `daybook:"data_end_date;date;after=data_start_date"`
	// Status is where the session stands.
	Status string `daybook:"status;closed=ACTIVE|COMPLETED|FAILED|ABANDONED;default=ACTIVE;amend=oneway"`
	// StartedAt is when it was checked out.
	StartedAt time.Time `daybook:"started_at;time;amend=earliest"`
	// CompletedAt is when it was checked in.
	CompletedAt time.Time `daybook:"completed_at;amend=once;after=started_at;filled"`
	// Purpose says what for, to a human.
	Purpose string `daybook:"purpose;long"`
	// TicketID links to an issue.
	TicketID string `daybook:"ticket_id"`
	// ParentSessionID is the session this one goes on from.
	ParentSessionID string `daybook:"parent_session_id;uuid;ref=transformation_session"`
	// OperationsCount counts its operations; the ledger counts them at checkin.
	OperationsCount *int64 `daybook:"operations_count;min=0;amend=grow;filled"`
	// OutputsCount counts its artifacts; the ledger counts them at checkin.
	OutputsCount *int64 `daybook:"outputs_count;min=0;amend=grow;filled"`
	// ConversationID is the conversation that led to it.
	ConversationID string `daybook:"conversation_id;index"`
	// IngestRunID is the data collection that fed it.
	IngestRunID string `daybook:"ingest_run_id"`
	// ErrorMessage says why it failed.
	ErrorMessage string `daybook:"error_message;long;amend=once"`
	// Facets are OpenLineage facets of the run and job.
	Facets json.RawMessage `daybook:"facets"`
}

// TransformationOperation is one thing done within a session.
type TransformationOperation struct {
	// ID is the seq of its entry; the ledger gives it.
	ID int64 `daybook:"id;subject;serial"`
	// BusinessID is the tenant.
	BusinessID string `daybook:"business_id;default=default"`
	// SessionID is the session it was done in.
	SessionID string `daybook:"session_id;uuid;required;ref=transformation_session;index"`
	// OperationType says what was done.
	OperationType string `daybook:"operation_type;required;known=SELECT|AGGREGATE|JOIN|FILTER|CALCULATE|PIVOT|NORMALIZE|CLEAN"`
	// OperationOrder is its place in the session, from 1; the ledger gives the next where it is absent.
	OperationOrder *int64 `daybook:"operation_order;min=0;filled"`
	// InputTables are the tables and views read; those that the SQL reads where none are given.
	InputTables []string `daybook:"input_tables;filled"`
	// InputColumns are the columns read; those that the SQL reads where none are given.
	InputColumns []string `daybook:"input_columns;filled"`
	// InputRowCount is about how many rows went in.
	InputRowCount *int64 `daybook:"input_row_count;min=0"`
	// TransformationLogic is the SQL, formula or description.
	TransformationLogic string `daybook:"transformation_logic;long"`
	// TransformationType says which of them it is; SQL where none is given and it reads as SQL.
	// VIEW_DEFINITION is SQL that defines a view, as a scan found it; FAILED_SQL is SQL that was tried, from which
	// nothing follows.
	TransformationType string `daybook:"transformation_type;known=SQL|PYTHON|FORMULA|MANUAL|VIEW_DEFINITION|FAILED_SQL;filled"`
	// Parameters are the parameters used, never the data.
	Parameters json.RawMessage `daybook:"parameters"`
	// OutputTable is the table or view written; that which the SQL writes where none is given.
	OutputTable string `daybook:"output_table;filled;index"`
	// OutputColumns are the columns written; those that the SQL writes where none are given.
	OutputColumns []string `daybook:"output_columns;filled"`
	// OutputRowCount is how many rows came out.
	OutputRowCount *int64 `daybook:"output_row_count;min=0"`
	// LifecycleStateChange is what became of the output table as a whole, in OpenLineage's words; absent
	// where rows were added or altered. What a CREATE or an OVERWRITE flows from takes the place of what was.
	LifecycleStateChange string `daybook:"lifecycle_state_change;known=CREATE|OVERWRITE|TRUNCATE|DROP|RENAME|ALTER;filled"`
	// Warnings are issues met; those of the intake are added to them.
	Warnings []string `daybook:"warnings;long;filled"`
	// ExecutionTimeMS is the whole milliseconds it took.
	ExecutionTimeMS *int64 `daybook:"execution_time_ms;min=0"`
	// CreatedAt is when it was done.
	CreatedAt time.Time `daybook:"created_at;time"`
	// PatternID is the operation that this one repeats; the ledger gives it. What was done, by which text,
	// parameters and columns, stands there.
	PatternID *int64 `daybook:"pattern_id;serial;min=0"`
}

// OutputArtifact is something a session made: a table, a view, a chart, an export.
type OutputArtifact struct {
	// ID names the artifact.
	ID string `daybook:"id;subject;uuid"`
	// BusinessID is the tenant.
	BusinessID string `daybook:"business_id;default=default"`
	// SessionID is the session that made it.
	SessionID string `daybook:"session_id;uuid;required;ref=transformation_session;index"`
	// ArtifactType says what it is.
	ArtifactType string `daybook:"artifact_type;required;known=TABLE|VIEW|MATERIALIZED_VIEW|CHART|EXPORT|REPORT|DATAFRAME"`
	// ArtifactName is what it is called; a later one of the same name supersedes it.
	ArtifactName string `daybook:"artifact_name;required;index"`
	// ArtifactLocation is where it is: schema.table, path or URL.
	ArtifactLocation string `daybook:"artifact_location"`
	// SourceTables are the tables that feed it.
	SourceTables []string `daybook:"source_tables"`
	// Columns are the columns in it.
	Columns []string `daybook:"columns"`
	// RowCount is how many rows it has.
	RowCount *int64 `daybook:"row_count;min=0"`
	// DataAsOf is the point in time its data stands for.
	DataAsOf time.Time `daybook:"data_as_of"`
	// DataStartDate is the first day its data covers.
	DataStartDate string `daybook:"data_start_date;date"`
	// DataEndDate is the last day its data covers.
	DataEndDate string `daybook:"data_end_date;date;after=data_start_date"`
	// IsCurrent is true from the session's COMPLETED checkin until a later
	// artifact of the same name takes its place; absent before.
	IsCurrent *bool `daybook:"is_current;amend=oneway;opens=true;filled"`
	// SupersededByID is the artifact that took its place.
	SupersededByID string `daybook:"superseded_by_id;uuid;ref=output_artifact;amend=once"`
	// CreatedAt is when it was made.
	CreatedAt time.Time `daybook:"created_at;time"`
	// ExpiresAt is when it is no longer good.
	ExpiresAt time.Time `daybook:"expires_at;amend=once"`
	// Description says what it is, to a human.
	Description string `daybook:"description;long"`
	// Metadata is anything else about it.
	Metadata json.RawMessage `daybook:"metadata"`
	// Facets are OpenLineage facets of the dataset.
	Facets json.RawMessage `daybook:"facets"`
}

// EdgeParsed is the origin of an edge that was read out of logged SQL.
const EdgeParsed = "PARSED"

// LineageEdge is one flow of data from a source node to a target node.
type LineageEdge struct {
	// ID is the seq of its entry; the ledger gives it.
	ID int64 `daybook:"id;subject;serial"`
	// BusinessID is the tenant.
	BusinessID string `daybook:"business_id;default=default"`
	// SourceType says what the source is.
	SourceType string `daybook:"source_type;required;known=TABLE|VIEW|COLUMN|ARTIFACT"`
	// SourceSchema is the source's schema.
	SourceSchema string `daybook:"source_schema"`
	// SourceName is the source's name.
	SourceName string `daybook:"source_name;required;index"`
	// SourceColumn is the source's column, for column-level lineage.
	SourceColumn string `daybook:"source_column"`
	// TargetType says what the target is.
	TargetType string `daybook:"target_type;required;known=TABLE|VIEW|COLUMN|ARTIFACT"`
	// TargetSchema is the target's schema.
	TargetSchema string `daybook:"target_schema"`
	// TargetName is the target's name.
	TargetName string `daybook:"target_name;required;index"`
	// TargetColumn is the target's column, for column-level lineage.
	TargetColumn string `daybook:"target_column"`
	// RelationshipType says how the target comes from the source.
	RelationshipType string `daybook:"relationship_type;required;known=DERIVES_FROM|AGGREGATES|JOINS|FILTERS|TRANSFORMS|COPIES"`
	// SessionID is the session in which the flow was seen.
	SessionID string `daybook:"session_id;uuid;ref=transformation_session;index"`
	// TransformationDescription says what happens on the way.
	TransformationDescription string `daybook:"transformation_description;long"`
	// IsCurrent is true from the session's COMPLETED checkin until the edge is
	// invalidated; absent before, and where an equal edge was already current.
	IsCurrent *bool `daybook:"is_current;amend=oneway;opens=true;filled"`
	// CreatedAt is when the edge was seen.
	CreatedAt time.Time `daybook:"created_at;time"`
	// InvalidatedAt is when it ceased to hold.
	InvalidatedAt time.Time `daybook:"invalidated_at;amend=once;after=created_at"`
	// Origin says how the edge is known.
	Origin string `daybook:"origin;known=EXPLICIT|PARSED|INFERRED|IMPORTED;default=EXPLICIT"`
	// Subtype is the exact OpenLineage transformation subtype.
	Subtype string `daybook:"subtype"`
	// Resolution says how surely the names were resolved.
	Resolution string `daybook:"resolution"`
	// ExtractorVersion is the version of what derived the edge.
	ExtractorVersion string `daybook:"extractor_version"`
}
