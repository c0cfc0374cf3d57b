"""Helpers for the operations that sessions are made of."""

from __future__ import annotations

import re
import time
from typing import Any, Callable, Dict, Mapping, Optional, TYPE_CHECKING, Tuple

from ._step import Columns, Step
from ._text import error_text, operation_type_of
from .cursor import LoggedCursor

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._client import Receipt
    from ._fields import OperationFields

# What a step that failed has not done, so that no lineage follows from it.
_OUTCOME = ("output_table", "output_columns", "output_row_count", "lifecycle_state_change")

_SQL_BEGINS = re.compile(r"\s*(select|with|insert|merge|create)\s", re.IGNORECASE)


class Operations:
    """The helpers of a session, over its ``log_operation``."""

    def log_operation(self, operation_type: str, **fields: Unpack[OperationFields]) -> Receipt:
        raise NotImplementedError

    def log_sql(
        self, sql: str, operation_type: Optional[str] = None, *, dialect: Optional[str] = None, **fields: Unpack[OperationFields]
    ) -> Receipt:
        """Log SQL that was run. Its lineage, and the tables and columns that it reads and writes, follow from it.

        Without an ``operation_type`` it is AGGREGATE where the SQL groups, JOIN where it joins, SELECT where it selects. The
        ``dialect`` (such as bigquery) says how to read it; without it the server reads it as it is configured to.
        """
        return self.log_operation(**sql_operation(sql, operation_type, dialect, fields))

    def operation(self, operation_type: str, **fields: Unpack[OperationFields]) -> Operation:
        """Time a step and log it at its end, with what the block has found out by then:

            with logger.operation('AGGREGATE', input_tables=['bronze.wasde_cell']) as op:
                op.output_row_count = summarize()

        A step that ends by an exception, which passes through, is logged with a warning that names it, and without
        its outputs. Put on a function, it does so for each call.
        """
        return Operation(self, {"operation_type": operation_type, **fields})

    def sql(
        self, sql: str, operation_type: Optional[str] = None, *, dialect: Optional[str] = None, **fields: Unpack[OperationFields]
    ) -> Operation:
        """Time SQL that is run in the block, and log it at its end; see :meth:`log_sql` and :meth:`operation`."""
        return Operation(self, sql_operation(sql, operation_type, dialect, fields))

    def cursor(self, cursor: Any, *, dialect: Optional[str] = None) -> LoggedCursor:
        """A cursor (of any driver, PEP 249) whose ``execute`` and ``executemany`` are logged, with their time and rows,
        so that what is logged is what was run:

            cursor = logger.cursor(connection.cursor())
            cursor.execute('INSERT INTO silver.corn SELECT * FROM bronze.corn WHERE year = %s', (2026,))

        The parameters are not logged: they are data. Nor is what only begins, ends or sets up a transaction.
        """
        return LoggedCursor(self, cursor, dialect)

    def select(self, logic: Optional[str] = None, **fields: Unpack[OperationFields]) -> Receipt:
        """Log a SELECT: data was read."""
        return self._common("SELECT", logic, fields)

    def aggregate(self, logic: Optional[str] = None, **fields: Unpack[OperationFields]) -> Receipt:
        """Log an AGGREGATE: rows were summed up."""
        return self._common("AGGREGATE", logic, fields)

    def join(self, logic: Optional[str] = None, **fields: Unpack[OperationFields]) -> Receipt:
        """Log a JOIN: tables were brought together."""
        return self._common("JOIN", logic, fields)

    def filter(self, logic: Optional[str] = None, **fields: Unpack[OperationFields]) -> Receipt:
        """Log a FILTER: rows were left out."""
        return self._common("FILTER", logic, fields)

    def calculate(self, logic: Optional[str] = None, **fields: Unpack[OperationFields]) -> Receipt:
        """Log a CALCULATE: columns were computed."""
        return self._common("CALCULATE", logic, fields)

    def pivot(self, logic: Optional[str] = None, **fields: Unpack[OperationFields]) -> Receipt:
        """Log a PIVOT: rows became columns."""
        return self._common("PIVOT", logic, fields)

    def normalize(self, logic: Optional[str] = None, **fields: Unpack[OperationFields]) -> Receipt:
        """Log a NORMALIZE: values were brought into one form."""
        return self._common("NORMALIZE", logic, fields)

    def clean(self, logic: Optional[str] = None, **fields: Unpack[OperationFields]) -> Receipt:
        """Log a CLEAN: faulty values were mended or left out."""
        return self._common("CLEAN", logic, fields)

    def _common(self, operation_type: str, logic: Optional[str], fields: Mapping[str, Any]) -> Receipt:
        if logic is not None:
            fields = {"transformation_logic": logic, **fields}
        return self.log_operation(operation_type, **fields)


def sql_operation(sql: str, operation_type: Optional[str], dialect: Optional[str], fields: Mapping[str, Any]) -> Dict[str, Any]:
    """The fields of an operation that is SQL."""
    out = {"transformation_type": "SQL", **fields, "transformation_logic": sql}
    out["operation_type"] = operation_type or operation_type_of(sql)
    if dialect is not None:
        out["parameters"] = {**(fields.get("parameters") or {}), "dialect": dialect}
    return out


class Operation(Columns, Step):
    """A step that is being taken. Its columns may be set until it ends: ``op.output_row_count = 5``. Then ``receipt``
    has its log_id."""

    _kind = "transformation_operation"
    _own = ("receipt",)
    receipt: Optional[Receipt]

    def __init__(self, session: Operations, fields: Mapping[str, Any]) -> None:
        super().__init__(fields)
        self._session, self.receipt = session, None

    def warn(self, issue: str) -> None:
        """Add an issue that was met."""
        self.warnings = [*(self.warnings or ()), issue]

    def _begin(self) -> None:
        self._since = time.perf_counter()

    def _end(self, error: Optional[BaseException]) -> None:
        fields = dict(self._fields)
        fields.setdefault("execution_time_ms", round((time.perf_counter() - self._since) * 1000))
        if error is not None:
            fields = _failed(fields, error)
        self.receipt = self._session.log_operation(**fields)

    def _another(self, function: Callable[..., Any], args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Operation:
        return Operation(self._session, self._fields)


def _failed(fields: Dict[str, Any], error: BaseException) -> Dict[str, Any]:
    """A step that failed has read, but written nothing that lineage should follow from: its outputs stand in the
    warning alone, and its SQL is not said to be SQL that was run."""
    out = {name: value for name, value in fields.items() if name not in _OUTCOME}
    warning = "failed: " + error_text(error)
    if "output_table" in fields:
        warning += f" (it was to write {fields['output_table']})"
    out["warnings"] = [*fields.get("warnings", ()), warning]
    said = fields.get("transformation_type", "").upper()
    if said == "SQL" or not said and _SQL_BEGINS.match(fields.get("transformation_logic", "")):
        out["transformation_type"] = "FAILED_SQL"
    return out
