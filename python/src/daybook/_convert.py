"""Python values to the values of columns: plain JSON types, times as text.

Each function here takes a value that is not None, and gives what the ledger
would make of it or raises :class:`InvalidRecordError` with a path inside the value.
"""

from __future__ import annotations

import math
import operator
import os
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Iterable, Mapping
from uuid import UUID

from ._errors import InvalidRecordError, pointer
from ._ids import format_time

INT64 = 1 << 63
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))\Z", re.ASCII)


def clip(text: str) -> str:
    """Shorten what a caller gave before it stands in a message."""
    return text if len(text) <= 80 else text[:80] + "…"


def wrong(want: str, value: Any) -> InvalidRecordError:
    """The error of a value of another type than the column's."""
    return InvalidRecordError(f"want {want}, got {_describe(value)}")


def _describe(value: Any) -> str:
    if isinstance(value, (bool, int, float)):
        return repr(value)
    if isinstance(value, str):
        return f"the text {clip(value)!r}"
    name = type(value).__name__
    return ("an " if name[:1].lower() in "aeio" else "a ") + name


def check_text(value: str) -> str:
    """Refuse what no entry can hold: NUL, and half of a surrogate pair."""
    if "\0" in value:
        raise InvalidRecordError("has a NUL character, which no text of an entry may hold")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as e:
            raise InvalidRecordError(f"is not valid Unicode: a lone surrogate stands at character {e.start}") from None
    return value


def text(value: Any) -> str:
    """Text, or what stands for one: a UUID, a path, a member of an enum."""
    if type(value) is not str:
        value = _as_text(value)
    return check_text(value)


def _as_text(value: Any) -> str:
    if isinstance(value, Enum):
        return text(value.value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, os.PathLike):
        path = os.fspath(value)
        if isinstance(path, str):
            return path
    plain = scalar(value)
    if plain is not value:
        return text(plain)
    e = wrong("text", value)
    if isinstance(value, (int, float, Decimal)):
        e.hint = "write it as text: str(…)"
    elif isinstance(value, (bytes, bytearray)):
        e.hint = "decode it first"
    raise e


def scalar(value: Any) -> Any:
    """The plain Python value of a numpy-like scalar, else the value itself."""
    item = getattr(value, "item", None)
    if item is None or isinstance(value, (str, int, float, datetime, Mapping)) or getattr(value, "shape", ()) != ():
        return value
    try:
        return item()
    except (TypeError, ValueError):
        return value


def integer(value: Any) -> int:
    """A whole number of 64 bits; 5.0 and Decimal("5") are one."""
    if type(value) is not int:
        value = _as_integer(value)
    if not -INT64 <= value < INT64:
        raise InvalidRecordError("is beyond 64 bits")
    return value


def _as_integer(value: Any) -> int:
    if isinstance(value, Enum) and not isinstance(value, int):
        return integer(value.value)
    value = scalar(value)
    if isinstance(value, bool) or isinstance(value, str):
        raise wrong("an integer", value)
    if isinstance(value, (float, Decimal)):
        if not math.isfinite(value):
            raise InvalidRecordError("is not finite")
        if value != int(value):
            raise InvalidRecordError(f"{value} is not a whole number")
        return int(value)
    try:
        return int(operator.index(value))
    except TypeError:
        raise wrong("an integer", value) from None


def number(value: Any) -> float:
    """A finite float; integers, Decimal and Fraction become one."""
    if type(value) is not float:
        value = _as_float(value)
    if not math.isfinite(value):
        raise InvalidRecordError("is not finite")
    return value


def _as_float(value: Any) -> float:
    if isinstance(value, Enum) and not isinstance(value, (int, float)):
        return number(value.value)
    value = scalar(value)
    if isinstance(value, (bool, str)) or not (hasattr(value, "__float__") or hasattr(value, "__index__")):
        raise wrong("a number", value)
    try:
        return float(value)
    except OverflowError:
        raise InvalidRecordError("is beyond the range of a float") from None
    except (TypeError, ValueError):
        raise wrong("a number", value) from None


def truth(value: Any) -> bool:
    """True or false, and nothing that merely counts as one."""
    plain = scalar(value)
    if plain is True or plain is False:
        return plain
    raise wrong("True or False", value)


def time(value: Any) -> str:
    """A time in UTC to the microsecond; a naive one is taken to be UTC.

    >>> time(datetime(2026, 1, 31, 9))
    '2026-01-31T09:00:00.000000Z'
    >>> time("2026-01-31T10:00:00+01:00")
    '2026-01-31T09:00:00.000000Z'
    """
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, date):
        return value.isoformat() + "T00:00:00.000000Z"
    if isinstance(value, str):
        return _parse_time(value)
    plain = scalar(value)
    if plain is not value:
        return time(plain)
    e = wrong("a time", value)
    e.hint = "give a datetime, or RFC 3339 text such as 2026-01-31T09:00:00Z"
    raise e


def time_text(value: datetime) -> str:
    if value != value:  # pandas' NaT
        raise InvalidRecordError("is not a time")
    try:
        return format_time(value)
    except OverflowError:
        raise InvalidRecordError("the year is outside 0001 to 9999 in UTC") from None


def _parse_time(value: str) -> str:
    found = _TIME.match(value)
    try:
        if found is None:
            raise ValueError
        day, hour, minute, second, fraction, sign, hours, minutes = found.groups()
        parsed = datetime.fromisoformat(f"{day}T{hour}:{minute}:{second}").replace(microsecond=int((fraction or "0").ljust(6, "0")[:6]))
        if sign:
            if int(hours) > 23 or int(minutes) > 59:
                raise ValueError
            offset = timedelta(hours=int(hours), minutes=int(minutes))
            parsed = parsed - offset if sign == "+" else parsed + offset
    except (ValueError, OverflowError):
        raise InvalidRecordError(
            f"{clip(value)!r} is not a time", hint="write RFC 3339 with an offset, such as 2026-01-31T09:00:00Z"
        ) from None
    return format_time(parsed)


def day(value: Any) -> str:
    """A date; of a datetime the day as it is written there."""
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        try:
            if _DATE.match(value) is None:
                raise ValueError
            return date.fromisoformat(value).isoformat()
        except ValueError:
            raise InvalidRecordError(f"{clip(value)!r} is not a date", hint="write year-month-day, such as 2026-01-31") from None
    plain = scalar(value)
    if plain is not value:
        return day(plain)
    raise wrong("a date", value)


def uuid(value: Any) -> str:
    """A UUID as 36 characters in lower case."""
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, str):
        lower = value.lower()
        if _UUID.match(lower):
            return lower
        raise InvalidRecordError(
            f"{clip(value)!r} is not a UUID",
            hint="write 36 characters, such as 0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01, or leave it out",
        )
    raise wrong("a UUID", value)


def texts(value: Any) -> list[str]:
    """A list of texts; one text alone is a list of one."""
    if isinstance(value, (str, Enum)):
        value = (value,)
    out = []
    for i, member in enumerate(members(value, "a list of texts")):
        try:
            if member is None:
                raise InvalidRecordError("None inside a list")
            out.append(text(member))
        except InvalidRecordError as e:
            raise e.under(f"/{i}") from None
    return out


def members(value: Any, want: str) -> Iterable[Any]:
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)  # so that what is said twice is the same twice
    if isinstance(value, (bytes, bytearray, Mapping)) or not isinstance(value, Iterable):
        raise wrong(want, value)
    return value


def options(value: Any) -> list[dict[str, Any]]:
    """The options of a decision; a text alone is an option without more."""
    if isinstance(value, str):
        raise wrong("a list of options", value)
    out = []
    for i, member in enumerate(members(value, "a list of options")):
        try:
            out.append(_option(member))
        except InvalidRecordError as e:
            raise e.under(f"/{i}") from None
    return out


def _option(value: Any) -> dict[str, Any]:
    if isinstance(value, (str, Enum)):
        value = {"option": value}
    if not isinstance(value, Mapping):
        e = wrong("a dict", value)
        e.hint = 'write {"option": …, "pros": […], "cons": […], "score": …}'
        raise e
    out = {}
    for name, member in value.items():
        convert = _OPTION.get(name)
        if convert is None:
            raise InvalidRecordError("unknown field", hint="an option has option, pros, cons and score", path=pointer(name))
        if member is None:
            continue
        try:
            out[name] = convert(member)
        except InvalidRecordError as e:
            raise e.under(pointer(name)) from None
    if "option" not in out:
        raise InvalidRecordError("is missing", path="/option")
    return out


_OPTION = {"option": text, "pros": texts, "cons": texts, "score": number}
