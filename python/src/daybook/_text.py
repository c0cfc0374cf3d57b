"""Text for entries out of what may hold anything: errors, and SQL."""

from __future__ import annotations

import re
from typing import Union

MAX_MESSAGE = 16 << 10  # characters: an error of any length must not cost the record

_UNFIT = re.compile("[\0\ud800-\udfff]")


def plain_text(value: str) -> str:
    """Text as an entry may hold it, cut where it is very long."""
    if len(value) > MAX_MESSAGE:
        value = value[: MAX_MESSAGE - 1] + "…"
    return _UNFIT.sub("\ufffd", value)


def error_text(error: Union[BaseException, str]) -> str:
    """What went wrong: the type of an exception and its message.

    >>> error_text(ZeroDivisionError("division by zero"))
    'ZeroDivisionError: division by zero'
    >>> error_text(KeyboardInterrupt())
    'KeyboardInterrupt'
    """
    if isinstance(error, str):
        return plain_text(error)
    name = type(error).__name__
    try:
        message = str(error)
    except Exception:  # an exception that cannot even say what it is must not cost the record
        message = "its message could not be read"
    return plain_text(f"{name}: {message}" if message else name)


_NOT_CODE = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)
_GROUPS = re.compile(r"\bGROUP\s+BY\b", re.IGNORECASE)
_JOINS = re.compile(r"\bJOIN\b", re.IGNORECASE)


_SELECTS = re.compile(r"\bSELECT\b", re.IGNORECASE)
_WORD = re.compile(r"\s*(\w+)")


def operation_type_of(sql: str) -> str:
    """AGGREGATE where SQL groups, JOIN where it joins, SELECT where it selects, else the word that it begins with.

    >>> operation_type_of("SELECT commodity, SUM(value) FROM wasde_cell GROUP BY commodity")
    'AGGREGATE'
    >>> operation_type_of("SELECT 'GROUP BY' FROM a -- JOIN")
    'SELECT'
    >>> operation_type_of("delete from a")
    'DELETE'
    """
    code = _NOT_CODE.sub(" ", sql)
    for found, word in ((_GROUPS, "AGGREGATE"), (_JOINS, "JOIN"), (_SELECTS, "SELECT")):
        if found.search(code):
            return word
    first = _WORD.match(code)
    return first.group(1).upper() if first else "SELECT"
