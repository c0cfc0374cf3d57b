"""Cursors of databases whose SQL is logged as it is run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Iterator, Optional

if TYPE_CHECKING:
    from .operation import Operations

_NO_WORK = re.compile(
    r"\s*(begin|start|commit|rollback|abort|end|savepoint|release|set|reset|show|pragma|explain|listen|notify|lock|use)\b", re.IGNORECASE
)


class LoggedCursor:
    """Stands for a cursor: everything but ``execute`` and ``executemany`` is the cursor's own."""

    def __init__(self, session: Operations, cursor: Any, dialect: Optional[str]) -> None:
        self._session, self._cursor, self._dialect = session, cursor, dialect

    def execute(self, operation: Any, *args: Any, **kwargs: Any) -> Any:
        """Run SQL and log it. Gives what the cursor gives; itself where that is the cursor."""
        return self._logged(self._cursor.execute, operation, None, args, kwargs)

    def executemany(self, operation: Any, *args: Any, **kwargs: Any) -> Any:
        """Run SQL for many parameters and log it once."""
        rows = len(args[0]) if args and hasattr(args[0], "__len__") else None
        return self._logged(self._cursor.executemany, operation, rows, args, kwargs)

    def _logged(self, run: Any, operation: Any, rows: Optional[int], args: Any, kwargs: Any) -> Any:
        sql = self._text(operation)
        if _NO_WORK.match(sql):
            result = run(operation, *args, **kwargs)
        else:
            with self._session.sql(sql, dialect=self._dialect, input_row_count=rows) as op:
                result = run(operation, *args, **kwargs)
                count = getattr(self._cursor, "rowcount", None)
                if isinstance(count, int) and count >= 0:  # -1 where the driver cannot say
                    op.output_row_count = count
        return self if result is self._cursor else result

    def _text(self, operation: Any) -> str:
        """The SQL of what drivers take besides text: bytes, and composed SQL."""
        if isinstance(operation, (bytes, bytearray)):
            return operation.decode("utf-8", "replace")
        if hasattr(operation, "as_string"):
            return str(operation.as_string(self._cursor))
        return str(operation)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._cursor)

    def __enter__(self) -> LoggedCursor:
        if hasattr(self._cursor, "__enter__"):
            self._cursor.__enter__()
        return self

    def __exit__(self, *error: Any) -> Any:
        if hasattr(self._cursor, "__exit__"):
            return self._cursor.__exit__(*error)
        self._cursor.close()
        return None
