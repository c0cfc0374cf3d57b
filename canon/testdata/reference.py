"""The canonical form of a Daybook entry, in Python's standard library alone.

The rules are those of docs/format.md. This is written for reading and as
a second opinion in tests; every function raises ValueError for what has no
canonical form.
"""

import hashlib
import json
import re
from datetime import date, datetime, timezone

MAX_DEPTH = 100
MAX_NUMBER = 4096
INT64 = range(-(2**63), 2**63)


def log_hash(entry):
    """The hash of an entry, given as what json.loads reads: the canonical bytes are json.dumps of it."""
    return hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()


def canonical_float(value):
    """A typed float column."""
    return repr(value + 0.0)  # -0.0 + 0.0 is 0.0


def canonical_json(raw, stored=False):
    """A JSON column, from bytes. With stored, integers beyond int64 are read as floats."""

    def integer(text):
        if len(text) > MAX_NUMBER:
            raise ValueError("number too long")
        if len(text) <= 20 and int(text) in INT64:
            return int(text)
        if stored:
            return number(text)
        raise ValueError("integer beyond int64")

    def number(text):
        if len(text) > MAX_NUMBER:
            raise ValueError("number too long")
        value = float(text)
        if value in (float("inf"), float("-inf")):
            raise ValueError("number overflows")
        return int(value) if value.is_integer() and int(value) in INT64 else value

    def constant(name):
        raise ValueError(name + " is not JSON")

    def members(pairs):
        if len(dict(pairs)) != len(pairs):
            raise ValueError("duplicate key")
        return dict(pairs)

    try:
        value = json.loads(raw.decode(), parse_int=integer, parse_float=number,
                           parse_constant=constant, object_pairs_hook=members)
    except RecursionError:
        raise ValueError("nested too deep") from None
    check(value, 0)
    return json.dumps(value, sort_keys=True)


def check(value, depth):
    """Refuses depth, NUL and lone surrogates."""
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("NUL")
        value.encode()  # refuses lone surrogates
    elif isinstance(value, (dict, list)):
        if depth == MAX_DEPTH:
            raise ValueError("nested too deep")
        for item in value:
            check(item, depth + 1)
            if isinstance(value, dict):
                check(value[item], depth + 1)


TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))", re.ASCII)


def canonical_time(text):
    """A time column. (Python has no year 0; one that becomes year 1 in UTC is refused here.)"""
    match = TIME.fullmatch(text)
    if not match:
        raise ValueError("not an RFC 3339 time")
    day, clock, fraction, sign, hours, minutes = match.groups()
    micro = ((fraction or "") + "000000")[:6]
    offset = sign + hours + ":" + minutes if sign else "+00:00"
    try:
        value = datetime.fromisoformat(day + "T" + clock + "." + micro + offset).astimezone(timezone.utc)
    except OverflowError:
        raise ValueError("year outside 1 to 9999") from None
    return value.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def canonical_date(text):
    """A date column."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        raise ValueError("not a date")
    return date.fromisoformat(text).isoformat()
