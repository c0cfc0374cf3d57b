"""The columns that calls take as keyword arguments, for type checkers.

Generated from the catalog; do not edit. Write it anew with:
go test . -run Catalog -update
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from os import PathLike
from typing import Any, Iterable, Mapping, Optional, TypedDict, Union
from uuid import UUID

Text = Union[str, Enum, UUID, "PathLike[str]", None]
Texts = Union[str, Iterable[str], None]
Options = Optional[Iterable[Union[str, Mapping[str, Any]]]]
Day = Union[date, str, None]
Time = Union[datetime, date, str, None]
Float = Union[float, Decimal, None]


class SessionFields(TypedDict, total=False):
    """Columns of transformation_session."""

    agent_type: Text
    agent_version: Text
    business_id: Text
    conversation_id: Text
    data_end_date: Day
    data_start_date: Day
    facets: Any
    id: Union[UUID, str, None]
    ingest_run_id: Text
    parent_session_id: Union[UUID, str, None]
    session_type: Text
    source_filters: Any
    source_layer: Text
    source_tables: Texts
    started_at: Time
    ticket_id: Text


class OperationFields(TypedDict, total=False):
    """Columns of transformation_operation."""

    business_id: Text
    created_at: Time
    execution_time_ms: Optional[int]
    input_columns: Texts
    input_row_count: Optional[int]
    input_tables: Texts
    lifecycle_state_change: Text
    operation_order: Optional[int]
    output_columns: Texts
    output_row_count: Optional[int]
    output_table: Text
    parameters: Any
    transformation_logic: Text
    transformation_type: Text
    warnings: Texts


class OutputFields(TypedDict, total=False):
    """Columns of output_artifact."""

    artifact_location: Text
    business_id: Text
    columns: Texts
    created_at: Time
    data_as_of: Time
    data_end_date: Day
    data_start_date: Day
    description: Text
    expires_at: Time
    facets: Any
    id: Union[UUID, str, None]
    metadata: Any
    row_count: Optional[int]
    source_tables: Texts


class EdgeFields(TypedDict, total=False):
    """Columns of lineage_edge."""

    business_id: Text
    created_at: Time
    extractor_version: Text
    origin: Text
    resolution: Text
    subtype: Text
    transformation_description: Text


class IngestFields(TypedDict, total=False):
    """Columns of ingest_run."""

    business_id: Text
    id: Union[UUID, str, None]
    metadata: Any
    source: Text
    started_at: Time
    target_table: Text


class ConversationFields(TypedDict, total=False):
    """Columns of conversations."""

    business_id: Text
    cache_read_tokens: Optional[int]
    cache_write_tokens: Optional[int]
    command_executed: Text
    conversation_id: Text
    cost_usd: Float
    input_tokens: Optional[int]
    ip_address: Text
    model_name: Text
    model_provider: Text
    model_version: Text
    output_tokens: Optional[int]
    price_source: Text
    reasoning_tokens: Optional[int]
    response_preview: Text
    started_at: Time
    total_tokens: Optional[int]
    user_agent: Text
    user_prompt_preview: Text


class ThinkingFields(TypedDict, total=False):
    """Columns of thinking_logs."""

    business_id: Text
    confidence_level: Float
    context_summary: Text
    conversation_id: Text
    decision_made: Text
    model_used: Text
    options_considered: Texts
    rationale: Text
    step_number: Optional[int]
    thinking_id: Text
    thinking_type: Text
    timestamp: Time
    token_count: Optional[int]


class DecisionFields(TypedDict, total=False):
    """Columns of decision_logs."""

    affected_agents: Texts
    affected_entities: Texts
    business_id: Text
    confidence: Float
    context: Text
    conversation_id: Text
    decided_at: Time
    decision_id: Text
    decision_type: Text
    options_evaluated: Options
    requires_human_review: Optional[bool]


class ActionFields(TypedDict, total=False):
    """Columns of action_logs."""

    action_details: Any
    action_id: Text
    business_id: Text
    completed_at: Time
    conversation_id: Text
    cost_usd: Float
    duration_ms: Optional[int]
    error_message: Text
    price_source: Text
    result_summary: Text
    session_id: Text
    started_at: Time
    success: Optional[bool]


class EscalationFields(TypedDict, total=False):
    """Columns of escalation_logs."""

    business_id: Text
    description: Text
    escalated_at: Time
    escalation_id: Text
    escalation_type: Text
    sla_target: Time
    source_conversation_id: Text
    target: Text
    urgency: Text


class UsageFields(TypedDict, total=False):
    """Columns of mcp_usage_logs."""

    business_id: Text
    called_at: Time
    conversation_id: Text
    cost_usd: Float
    duration_ms: Optional[int]
    error_message: Text
    price_source: Text
    result_summary: Text
    session_id: Text
    success: Optional[bool]
    tokens_used: Optional[int]
    usage_id: Text
