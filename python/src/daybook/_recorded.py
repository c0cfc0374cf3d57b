"""The base of what an agent records: written whole at once, or as a step."""

from __future__ import annotations

import time
import warnings
from typing import Any, Callable, Dict, Mapping, Optional, Protocol, Tuple, TypeVar

from . import _catalog
from ._errors import InvalidRecordError, LoggingError, pointer
from ._ids import now_text
from ._step import Columns, Step

R = TypeVar("R", bound="Recorded")


class Speaker(Protocol):
    """Who records, and in what conversation."""

    # The columns that say so.
    def _defaults(self, kind: str) -> Dict[str, Any]: ...

    # The place of the next thought in its conversation.
    def _step_number(self) -> Optional[int]: ...

    # Records, and gives the subject's id.
    def _write(self, kind: str, fields: Mapping[str, Any]) -> Optional[str]: ...

    # Records an amendment.
    def _amend(self, kind: str, fields: Mapping[str, Any]) -> None: ...


class Recorded(Columns, Step):
    """A record that an agent makes. Its columns are attributes: until it is written all of them may be set,
    afterwards those that an amendment may fill."""

    _time: str  # the column that says when it happened

    def __init__(self, by: Speaker, fields: Mapping[str, Any]) -> None:
        super().__init__(fields)
        self._by = by
        self._id: Optional[str] = None
        self._sent: Dict[str, Any] = {}
        self._used = False
        self._done = False
        self._since: Optional[float] = None

    @property
    def id(self) -> Optional[str]:
        """The id under which it is recorded; None before it is."""
        return self._id

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_") and self._id is not None and name not in self._own:
            self._check_amendable(name)
        super().__setattr__(name, value)

    def __getattr__(self, name: str) -> Any:
        value = super().__getattr__(name)
        return self._sent.get(name) if value is None else value

    def __del__(self) -> None:
        if not self.__dict__.get("_used", True):
            warnings.warn(
                f"daybook: {type(self).__name__.lower()} was never recorded: enter it with `with`, put it on a function, or call "
                f"{'log' if hasattr(self, 'log') else 'begin'}()",
                RuntimeWarning, stacklevel=2,
            )  # fmt: skip

    def _check_amendable(self, name: str) -> None:
        k = _catalog.kind_named(self._kind)
        if name in k.columns and name not in k.amendable:
            raise InvalidRecordError(
                f"cannot be set any more: {self._kind} {self._id} is recorded", path=pointer(name),
                hint=f"it may still be given {', '.join(k.amendable)}" if k.amendable else "make a new one",
            )  # fmt: skip

    def __call__(self, function: Any) -> Any:
        self._used = True
        return super().__call__(function)

    def _another(self: R, function: Callable[..., Any], args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> R:
        return type(self)(self._by, self._fields)

    def _record(self) -> None:
        """Write it as it stands."""
        self._still_open()
        self._used = True
        self._fields.setdefault(self._time, now_text())
        fields = {**self._by._defaults(self._kind), **self._fields}
        self._id = self._by._write(self._kind, fields)
        self._sent = fields
        self.__dict__["_fields"] = {}

    def _still_open(self) -> None:
        if self._id is not None:
            raise LoggingError(f"{self._kind} {self._id} is recorded already", code="conflict", hint="make a new one")

    def _once(self, column: str, done: str) -> None:
        """Raise where it was said before: the ledger refuses a second time, when the caller is not there to see it."""
        if self._sent.get(column) is not None:
            raise LoggingError(f"{self._kind} {self._id} is {done} already", code="conflict", hint="what was said stands; record what is new apart")

    def _take_columns(self, result: Mapping[str, Any]) -> None:
        """Set those members of what a function returned that are columns."""
        columns = _catalog.kind_named(self._kind).columns
        for name, value in result.items():
            if name in columns:
                setattr(self, name, value)

    def _start(self) -> None:
        """Write the beginning of a step that goes on."""
        self._used = True
        if self._done:
            raise LoggingError(f"{self._kind} {self._id} is over", code="conflict", hint="make a new one")
        if self._id is None:
            self._record()
        self._since = time.perf_counter()

    def _fill(self, fields: Mapping[str, Any]) -> None:
        """Amend it, with what was set since it was written."""
        if self._id is None:
            raise LoggingError(f"this {type(self).__name__.lower()} is not recorded yet", code="conflict", hint="record it first")
        subject = _catalog.kind_named(self._kind).subject
        filled = {**self._fields, **fields}
        self._by._amend(self._kind, {**filled, subject: self._id})
        self._sent.update(filled)
        self.__dict__["_fields"] = {}

    def _elapsed(self) -> Optional[int]:
        """Whole milliseconds since the step began."""
        return None if self._since is None else round((time.perf_counter() - self._since) * 1000)

    def _now(self) -> str:
        """Now, and not before the beginning, though the clock was set back meanwhile."""
        return max(now_text(), self._sent.get(self._time, ""))
