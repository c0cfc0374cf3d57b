"""One record by the name of its table, as agents that logged to BigQuery do it."""

from __future__ import annotations

from collections.abc import MutableMapping as Dictionary
from typing import Any, MutableMapping, Optional

from ._client import Recorder, get_recorder
from ._errors import InvalidRecordError


def log(table: str, data: MutableMapping[str, Any], *, amend: bool = False, recorder: Optional[Recorder] = None) -> str:
    """Appends one record and returns its ``log_id``, under which the entry stands in the ledger.

    ``table`` is the name of a kind, alone or as ``project.dataset.conversations``, with or without backticks.
    Each call makes a new ``log_id`` and sets it in ``data``, as a caller may give the same dict again.
    ``logged_at`` is the ledger's to say, at the moment it writes: one that stands in ``data`` is not sent, and none is
    set. With ``amend`` it fills lifecycle fields of a subject that was logged before, such as the end of a conversation.

    Raises :class:`daybook.LoggingError` for a record that is not allowed, or when the spool is full.
    """
    if not isinstance(data, Dictionary):
        raise InvalidRecordError(f"want a dict, got a {type(data).__name__}", hint="give the fields of the record by their names")
    fields = {name: value for name, value in data.items() if name not in ("log_id", "logged_at")}
    receipt = (recorder or get_recorder()).record(_kind_of(table), fields, amend)
    data["log_id"] = receipt.log_id
    return receipt.log_id


async def log_to_bigquery(table: str, data: MutableMapping[str, Any], *, amend: bool = False, recorder: Optional[Recorder] = None) -> str:
    """The same as :func:`log`, for ``await``: it takes microseconds, and waits for no network."""
    return log(table, data, amend=amend, recorder=recorder)


def _kind_of(table: str) -> str:
    """``conversations`` of ``project.dataset.conversations``."""
    if not isinstance(table, str):
        return table
    return table.replace("`", "").strip().rpartition(".")[2]
