"""Log what AI agents think, decide, do and spend, and what they do to data, to a Daybook ledger.

    from daybook import TransformationLogger

    with TransformationLogger(agent_id='my_agent', purpose='Monthly ETL') as logger:
        logger.checkout(['bronze.wasde_cell', 'bronze.wasde_release'])

A call returns once the record stands in a spool on disk, from where it is delivered in order and exactly once.
Where to is said by DAYBOOK_URL and DAYBOOK_TOKEN, or by :func:`configure`.
"""

from __future__ import annotations

from ._client import Receipt, Recorder, configure, flush, get_recorder, record
from ._errors import InvalidRecordError, LoggingError, SpoolFullError
from ._hash import compute_log_hash
from ._log import log, log_to_bigquery
from ._node import Node
from ._verify import Checkpoint, Report, verify_export
from .agent import AgentLogger
from .collector import BaseCollector, IngestRun
from .conversation import Conversation
from .transformation import TransformationLogger

__version__ = "0.1.0"

__all__ = [
    "AgentLogger",
    "BaseCollector",
    "Checkpoint",
    "Conversation",
    "IngestRun",
    "InvalidRecordError",
    "LoggingError",
    "Node",
    "Receipt",
    "Recorder",
    "Report",
    "SpoolFullError",
    "TransformationLogger",
    "compute_log_hash",
    "configure",
    "flush",
    "get_recorder",
    "log",
    "log_to_bigquery",
    "record",
    "verify_export",
]
