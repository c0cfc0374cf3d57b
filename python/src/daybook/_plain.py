"""Python values to JSON of any shape, as the ledger takes it."""

from __future__ import annotations

import json
import os
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Mapping
from uuid import UUID

from ._convert import INT64, check_text, integer, members, number, scalar, text, time_text, wrong
from ._errors import InvalidRecordError, pointer

MAX_DEPTH = 100


def plain(value: Any, depth: int = 0) -> Any:
    """JSON of any shape: dicts, lists, texts, numbers, truths and None.

    >>> plain({"since": date(2026, 1, 31), "regions": ("Delta",), "rate": Decimal("0.5")})
    {'since': '2026-01-31', 'regions': ['Delta'], 'rate': 0.5}
    """
    kind = type(value)
    if kind is str:
        return check_text(value)
    if value is None or kind is bool:
        return value
    if kind is int:
        return integer(value)
    if kind is float:
        return number(value)
    if depth >= MAX_DEPTH:
        raise InvalidRecordError(f"is nested deeper than {MAX_DEPTH}")
    if isinstance(value, Mapping):
        return _plain_dict(value, depth)
    if isinstance(value, (list, tuple, set, frozenset)) or _is_array(value):
        return _plain_list(value, depth)
    return _plain_other(value, depth)


def _is_array(value: Any) -> bool:
    return hasattr(value, "tolist") and getattr(value, "shape", ()) != ()


def _plain_dict(value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, member in value.items():
        name = _key(key)
        try:
            if name in out:
                raise InvalidRecordError("stands twice")
            out[name] = plain(member, depth + 1)
        except InvalidRecordError as e:
            raise e.under(pointer(name)) from None
    return out


def _key(key: Any) -> str:
    if isinstance(key, Enum):
        return _key(key.value)
    key = scalar(key)
    if key is None or isinstance(key, (bool, int, float)):
        return json.dumps(key)  # as json.dumps writes it where it is a key
    if isinstance(key, (date, Decimal)):
        return str(_plain_other(key, 0))
    return text(key)


def _plain_list(value: Any, depth: int) -> list[Any]:
    out = []
    for i, member in enumerate(value.tolist() if _is_array(value) else members(value, "a list")):
        try:
            out.append(plain(member, depth + 1))
        except InvalidRecordError as e:
            raise e.under(f"/{i}") from None
    return out


def _plain_other(value: Any, depth: int) -> Any:
    if isinstance(value, Enum):
        return plain(value.value, depth + 1)
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return _plain_decimal(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bool):
        return bool(value)
    if isinstance(value, int):
        return integer(int(value))
    if isinstance(value, float):
        return number(float(value))
    if isinstance(value, (str, UUID, os.PathLike)):
        return text(value)
    item = scalar(value)
    if item is not value:
        return plain(item, depth + 1)
    e = wrong("JSON", value)
    e.hint = "log what describes it; the log holds metadata, not data"
    raise e


def _plain_decimal(value: Decimal) -> Any:
    if value.is_finite() and value == value.to_integral_value() and -INT64 <= value < INT64:
        return int(value)
    return number(value)
