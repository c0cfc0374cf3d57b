"""What a record must be: the kinds, their columns, and the check of a record.

The check is the same that the server makes, so that what is wrong is the
caller's at the call and not a rejected record later.
"""

from __future__ import annotations

from typing import Any, Callable, Mapping, Optional

from . import _convert, _plain
from ._catalog_data import KINDS, MAX_LONG, MAX_NAME, PREVIEW_LENGTH
from ._errors import InvalidRecordError, pointer

_CONVERT: dict[str, Callable[[Any], Any]] = {
    "text": _convert.text,
    "uuid": _convert.uuid,
    "integer": _convert.integer,
    "float": _convert.number,
    "boolean": _convert.truth,
    "timestamp": _convert.time,
    "date": _convert.day,
    "json": _plain.plain,
    "text[]": _convert.texts,
    "option[]": _convert.options,
}


class Kind:
    """One of the kinds of record, with what its columns ask of a value."""

    __slots__ = (
        "name", "subject", "serial", "time", "agent", "columns", "required", "amendable", "after", "previews",
        "_checks", "_orders",
    )  # fmt: skip

    def __init__(self, name: str, data: Mapping[str, Any]) -> None:
        columns = data["columns"]
        self.name = name
        self.subject: str = data["subject"]
        self.time: str = data["time"]
        self.agent: Optional[str] = data.get("agent")
        self.columns: Mapping[str, Mapping[str, Any]] = columns
        self.serial = "serial" in columns[self.subject]
        self.required = tuple(n for n, c in columns.items() if "required" in c)
        self.amendable = tuple(n for n, c in columns.items() if "amend" in c)
        self.after = tuple(n for n, c in columns.items() if c.get("after") == self.time)
        self.previews = tuple(n for n, c in columns.items() if "preview" in c)
        self._orders = tuple((c["after"], n) for n, c in columns.items() if "after" in c)
        self._checks = {n: self._check(n, c) for n, c in columns.items() if "envelope" not in c or n == "log_id"}

    def _check(self, name: str, column: Mapping[str, Any]) -> Callable[[Any], Any]:
        convert = _CONVERT[column["type"]]
        if column["type"] == "text":
            names = "required" in column or name in (self.subject, "business_id")
            return _checked_text(convert, _longest(column), names, column.get("closed"))
        if column["type"] in ("text[]", "option[]"):
            return _checked_list(convert, _longest(column))
        if "min" in column or "max" in column:
            return _checked_number(convert, column.get("min"), column.get("max"))
        return convert


def _longest(column: Mapping[str, Any]) -> int:
    return MAX_LONG if "long" in column or "preview" in column else MAX_NAME


def _checked_text(convert: Callable[[Any], str], most: int, names: bool, closed: Optional[tuple[str, ...]]) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        value = convert(value)
        if len(value) > most:
            raise _too_long(value, most)
        if names and not value:
            raise InvalidRecordError("must not be empty")
        if closed and value not in closed:
            raise InvalidRecordError(f"{_convert.clip(value)!r} is none of {', '.join(closed)}", hint=_word_hint(value, closed))
        return value

    return check


def _too_long(value: str, most: int) -> InvalidRecordError:
    return InvalidRecordError(
        f"has {len(value)} characters; at most {most} are taken", hint="shorten it, or say where the whole can be found"
    )


def _word_hint(word: str, words: tuple[str, ...]) -> str:
    for w in words:
        if w.lower() == word.lower():
            return f"did you mean {w}?"
    return "write one of them as it stands here"


def _checked_list(convert: Callable[[Any], list[Any]], most: int) -> Callable[[Any], list[Any]]:
    def check(value: Any) -> list[Any]:
        members = convert(value)
        for i, member in enumerate(members):
            if isinstance(member, str):
                if len(member) > most:
                    raise _too_long(member, most).under(f"/{i}")
            else:
                _check_option(member, most, f"/{i}")
        return members

    return check


def _check_option(option: Mapping[str, Any], most: int, path: str) -> None:
    if len(option["option"]) > most:
        raise _too_long(option["option"], most).under(path + "/option")
    for name in ("pros", "cons"):
        for i, value in enumerate(option.get(name, ())):
            if len(value) > most:
                raise _too_long(value, most).under(f"{path}/{name}/{i}")


def _checked_number(convert: Callable[[Any], Any], least: Optional[float], most: Optional[float]) -> Callable[[Any], Any]:
    if least is not None and most is not None:
        message = f"must be between {least} and {most}"
    elif least is None:
        message = f"must be at most {most}"
    else:
        message = "must not be negative" if least == 0 else f"must be at least {least}"

    def check(value: Any) -> Any:
        value = convert(value)
        if (least is not None and value < least) or (most is not None and value > most):
            raise InvalidRecordError(message)
        return value

    return check


_KINDS = {name: Kind(name, data) for name, data in KINDS.items()}


def kind_named(name: str) -> Kind:
    """The kind of that name.

    >>> kind_named("conversations").subject
    'conversation_id'
    >>> kind_named("Conversation")
    Traceback (most recent call last):
    daybook._errors.InvalidRecordError: /kind: unknown kind 'Conversation' (did you mean conversations?)
    """
    kind = _KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        if not isinstance(name, str):
            raise _convert.wrong("the name of a kind", name).under("/kind")
        hint = _near(name, _KINDS, "the kinds are " + ", ".join(_KINDS))
        raise InvalidRecordError(f"unknown kind {_convert.clip(name)!r}", hint=hint, path="/kind")
    return kind


def validate(kind: str, fields: Mapping[str, Any], amend: bool = False) -> dict[str, Any]:
    """Check a record, or an amendment, and give it as plain JSON values.

    What is None, or an empty list, is left out. Python's own values become
    the ledger's: a naive datetime is UTC, a set is a sorted list.

    >>> validate("thinking_logs", {"conversation_id": "c1", "agent_position": "CFO", "confidence_level": 1.5})
    Traceback (most recent call last):
    daybook._errors.InvalidRecordError: /confidence_level: must be between 0 and 1
    """
    k = kind_named(kind)
    record = check_fields(kind, fields)
    if amend:
        _check_amendment(k, record)
    else:
        _check_beginning(k, record)
    for early, late in k._orders:
        if late in record and early in record and record[late] < record[early]:
            raise InvalidRecordError(
                f"{record[late]} is before {early}, {record[early]}", hint="check both, and their offsets from UTC", path="/" + late
            )
    return record


def check_fields(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Check single fields of a record that is not whole yet, and give them as plain JSON values."""
    k = kind_named(kind)
    checks, record = k._checks, {}
    for name, value in fields.items():
        check = checks.get(name)
        if check is None:
            raise _unknown(k, name)
        if value is None:
            continue
        try:
            value = check(value)
        except InvalidRecordError as e:
            raise e.under("/" + name) from None
        if value != [] or k.columns[name]["type"] == "json":
            record[name] = value
    return record


def _check_beginning(k: Kind, record: Mapping[str, Any]) -> None:
    for name in k.required:
        if name not in record:
            raise InvalidRecordError("is missing", hint=f"{k.name} need {name}: {k.columns[name]['doc']}", path="/" + name)
    if k.serial and k.subject in record:
        raise InvalidRecordError("is given by the ledger", hint=f"leave {k.subject} out", path="/" + k.subject)


def _check_amendment(k: Kind, record: Mapping[str, Any]) -> None:
    if not k.amendable:
        raise InvalidRecordError(f"{k.name} cannot be amended", hint="what was written stands; write a new record")
    may = f"an amendment of {k.name} may fill {', '.join(k.amendable)}"
    if k.subject not in record:
        raise InvalidRecordError("is missing", hint=f"say in {k.subject} which of {k.name} to amend", path="/" + k.subject)
    fills = False
    for name in record:
        if name in k.amendable:
            fills = True
        elif name not in (k.subject, "business_id", "log_id"):
            raise InvalidRecordError("cannot be amended", hint=may, path="/" + name)
    if not fills:
        raise InvalidRecordError("the amendment fills nothing", hint=may)


def _unknown(k: Kind, name: Any) -> InvalidRecordError:
    path = pointer(_convert.clip(str(name)))
    if name in k.columns or name in ("seq", "log_hash"):
        return InvalidRecordError("is given by the ledger", hint=f"leave {name} out", path=path)
    names = [n for n in k.columns if n in k._checks and n != "log_id"]
    return InvalidRecordError(f"unknown field of {k.name}", hint=_near(str(name), names, f"{k.name} has {', '.join(names)}"), path=path)


def cut_previews(kind: str, record: dict[str, Any]) -> None:
    """Cut the previews of a record to their length, after redaction: before it,
    half of a secret might be left that nobody knows for one."""
    for name in kind_named(kind).previews:
        if name in record:
            record[name] = record[name][:PREVIEW_LENGTH]


def _near(word: str, words: Any, otherwise: str) -> str:
    best, least = "", 4
    for w in words:
        d = _distance(word.lower(), w, least)
        if d < least:
            best, least = w, d
    return f"did you mean {best}?" if best else otherwise


def _distance(a: str, b: str, most: int) -> int:
    """The Levenshtein distance of a and b, or most where it is more."""
    if abs(len(a) - len(b)) >= most:
        return most
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        diagonal, row[0] = row[0], i + 1
        for j, y in enumerate(b):
            diagonal, row[j + 1] = row[j + 1], min(diagonal + (x != y), row[j] + 1, row[j + 1] + 1)
    return row[-1]
