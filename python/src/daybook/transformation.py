"""What an agent does to data, between checkout and checkin."""

from __future__ import annotations

import os
import threading
from contextvars import Token
from typing import TYPE_CHECKING, Any, Iterable, Mapping, Optional, Union

from . import _catalog, _context
from ._client import Receipt, Recorder, get_recorder
from ._errors import InvalidRecordError, LoggingError
from ._ids import now_text
from ._node import Node, node
from ._step import end
from ._text import error_text
from .operation import Operations

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._fields import EdgeFields, OperationFields, OutputFields, SessionFields


class TransformationLogger(Operations):
    """Logs a session: which tables an agent checked out, what it did to them, what came of it, and how it ended.

        with TransformationLogger(agent_id='my_agent', purpose='Monthly ETL') as logger:
            logger.checkout(['bronze.wasde_cell', 'bronze.wasde_release'])
            logger.log_operation(
                operation_type='AGGREGATE',
                input_tables=['bronze.wasde_cell'],
                transformation_logic='SELECT commodity, SUM(value) FROM wasde_cell GROUP BY commodity',
                output_table='silver.commodity_summary'
            )

    The end of the block checks the session in: COMPLETED, or FAILED with the error where the block ends by an
    exception, which passes through. Only COMPLETED makes outputs and lineage current. A block that ends before
    ``checkout`` records nothing.

    Besides ``agent_id`` (DAYBOOK_AGENT where it is left out) and ``purpose``, every column of a
    ``transformation_session`` may be given: ``session_type``, ``agent_type``, ``agent_version``, ``ticket_id``,
    ``parent_session_id``, ``conversation_id`` and ``ingest_run_id`` (else those that the checkout stands in), and so on. With
    ``source_tables`` the session is checked out as the block begins, and needs no ``checkout``.

    A logger is for one session. Its methods may be called from several threads, and from child processes that were
    forked inside the block: what they log belongs to the session, which ends in the process that began it.
    """

    def __init__(
        self,
        agent_id: Optional[str] = None,
        purpose: Optional[str] = None,
        *,
        recorder: Optional[Recorder] = None,
        **fields: Unpack[SessionFields],
    ) -> None:
        self._recorder = recorder
        self._fields = _catalog.check_fields("transformation_session", {"agent_id": agent_id, "purpose": purpose, **fields})
        self._lock = threading.Lock()
        self._id: Optional[str] = None
        self._status: Optional[str] = None
        self._started = ""
        self._pid: Optional[int] = None
        self._token: Optional[Token[Any]] = None

    @property
    def session_id(self) -> Optional[str]:
        """The session's id, for what belongs to it, such as a ``validation_status``; None before checkout."""
        return self._id

    @property
    def status(self) -> Optional[str]:
        """ACTIVE, COMPLETED, FAILED or ABANDONED; None before checkout."""
        return self._status

    def checkout(self, tables: Union[str, Iterable[str], None] = None, filters: Any = None) -> str:
        """Start the session over the tables it is going to read, and give its id. The filters say which part of them,
        as anything that can be JSON."""
        with self._lock:
            if self._id is not None:
                raise LoggingError(
                    f"session {self._id} was checked out by this logger before",
                    code="conflict", hint="make a new logger for a new session, or child() for one that goes on from this",
                )  # fmt: skip
            fields = dict(self._fields)
            if tables is not None:
                fields["source_tables"] = tables
            if filters is not None:
                fields["source_filters"] = filters
            fields.setdefault("conversation_id", _context.conversation_id())
            fields.setdefault("ingest_run_id", _context.ingest_run_id())
            fields.setdefault("started_at", now_text())
            receipt = self._target().record("transformation_session", fields)
            self._started, self._status, self._id = fields["started_at"], "ACTIVE", receipt.id
        return str(receipt.id)

    def log_operation(self, operation_type: str, **fields: Unpack[OperationFields]) -> Receipt:
        """Log one thing done: SELECT, AGGREGATE, JOIN, FILTER, CALCULATE, PIVOT, NORMALIZE, CLEAN, or another word.

        All columns of a ``transformation_operation`` may be given: ``input_tables``, ``input_columns``,
        ``input_row_count``, ``transformation_logic`` (SQL, a formula or a description), ``transformation_type`` (which
        of them: SQL, PYTHON, FORMULA, MANUAL), ``parameters``, ``output_table``, ``output_columns``,
        ``output_row_count``, ``lifecycle_state_change``, ``warnings``, ``execution_time_ms``, ``created_at``.
        Log what was done and where the data is, never the data.
        """
        return self._log("transformation_operation", {"operation_type": operation_type, **fields})

    def register_output(self, artifact_type: str, artifact_name: str, **fields: Unpack[OutputFields]) -> Receipt:
        """Log what was made: a TABLE, VIEW, MATERIALIZED_VIEW, CHART, EXPORT, REPORT or DATAFRAME. It becomes current,
        and an earlier one of the same name superseded, when the session checks in COMPLETED.

        Further columns: ``artifact_location``, ``source_tables``, ``columns``, ``row_count``, ``data_as_of``,
        ``data_start_date``, ``data_end_date``, ``expires_at``, ``description``, ``metadata``, ``facets``.
        """
        return self._log("output_artifact", {"artifact_type": artifact_type, "artifact_name": artifact_name, **fields})

    def add_lineage(
        self, source: Union[str, Node], target: Union[str, Node], relationship: str = "DERIVES_FROM", **fields: Unpack[EdgeFields]
    ) -> Receipt:
        """Log that data flows from source to target, each written ``schema.name`` or ``schema.name.column`` (or a
        :class:`Node` of its parts): DERIVES_FROM, AGGREGATES, JOINS, FILTERS, TRANSFORMS or COPIES. It becomes current
        when the session checks in COMPLETED. What SQL that was logged says needs no declaring.

        Further columns: ``transformation_description``, ``subtype``, ``resolution``, ``origin``.
        """
        ends: dict[str, Any] = {}
        for name, text in (("source", source), ("target", target)):
            try:
                ends.update(node(text).fields(name))
            except LoggingError as e:
                raise e.under(f"/{name}_name") from None
        return self._log("lineage_edge", {"relationship_type": relationship, **ends, **fields})

    def checkin(self, status: str = "COMPLETED", *, error_message: Union[str, BaseException, None] = None) -> None:
        """End the session: COMPLETED, FAILED or ABANDONED, once. To check in again with the same status does nothing;
        a checkin that raised may be made again."""
        with self._lock:
            if self._status == status != "ACTIVE":
                return
            self._open()
            if status == "ACTIVE":
                raise InvalidRecordError(
                    "a checkin ends a session, and ACTIVE is one that goes on", path="/status",
                    hint="check in COMPLETED, FAILED or ABANDONED",
                )  # fmt: skip
            fields = {"id": self._id, "status": status, "completed_at": max(now_text(), self._started)}
            if error_message is not None:
                fields["error_message"] = error_text(error_message)
            self._target().record("transformation_session", fields, amend=True)
            self._status = status

    def child(self, purpose: Optional[str] = None, **fields: Unpack[SessionFields]) -> TransformationLogger:
        """A logger of a session that goes on from this one: by the same agent, for the same ticket and conversation,
        unless ``fields`` say otherwise."""
        if self._id is None:
            raise _not_checked_out()
        kept = ("agent_id", "agent_type", "agent_version", "ticket_id", "conversation_id", "business_id")
        given: dict[str, Any] = {name: self._fields[name] for name in kept if name in self._fields}
        given.update({"parent_session_id": self._id, **fields})
        return TransformationLogger(purpose=purpose, recorder=self._recorder, **given)

    def __enter__(self) -> TransformationLogger:
        if self._token is not None:
            raise LoggingError("this logger is in a with block already", code="conflict", hint="make a new logger for a new session")
        if self._id is not None:
            self._open()
        elif "source_tables" in self._fields:
            self.checkout()
        self._pid = os.getpid()
        self._token = _context.session.set(self)
        return self

    def __exit__(self, _: Any, error: Optional[BaseException], __: Any) -> None:
        if self._token is not None:
            token, self._token = self._token, None
            _context.leave(_context.session, token)
        if self._status != "ACTIVE" or self._pid != os.getpid():
            return  # never begun, ended by hand, or a forked child that leaves its parent's block
        end(self._end, error)

    async def __aenter__(self) -> TransformationLogger:
        return self.__enter__()

    async def __aexit__(self, kind: Any, error: Optional[BaseException], trace: Any) -> None:
        self.__exit__(kind, error, trace)

    def _end(self, error: Optional[BaseException]) -> None:
        if error is None:
            self.checkin()
        else:
            self.checkin("FAILED", error_message=error)

    def _target(self) -> Recorder:
        return self._recorder or get_recorder()

    def _open(self) -> None:
        """Raise where nothing can be written to the session."""
        if self._status == "ACTIVE":
            return
        if self._id is None:
            raise _not_checked_out()
        raise LoggingError(
            f"session {self._id} is checked in {self._status}", code="conflict", path="/session_id",
            hint="check out a new session, such as child() of this one",
        )  # fmt: skip

    def _log(self, kind: str, fields: Mapping[str, Any]) -> Receipt:
        self._open()
        if fields.get("session_id") not in (None, self._id):
            raise InvalidRecordError(f"is not this session, which is {self._id}", path="/session_id", hint="leave session_id out")
        record = {**fields, "session_id": self._id}
        if "business_id" in self._fields:
            record.setdefault("business_id", self._fields["business_id"])
        return self._target().record(kind, record)


def _not_checked_out() -> LoggingError:
    return LoggingError("no session is checked out", code="conflict", hint="call checkout(tables) first, or give source_tables to the logger")
