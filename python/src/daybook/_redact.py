"""Takes secrets out of what is logged, before anything of it is written to disk.

A secret is replaced by a mark that names the rule that found it: ``[REDACTED:github-pat]``. The server does the same
again, and puts a warning on the entry where it finds a mark.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from . import _redact_rules
from ._catalog_data import KINDS, MAX_LONG, MAX_NAME
from ._redact_checks import ONLY_WORD, is_placeholder
from ._redact_names import flag_in, tells_password, tells_secret
from ._redact_rules import MARK

__all__ = ["Finding", "redact_json", "redact_record", "redact_text"]

_NAMED_RULE = "secret-field"
_ROUNDS = 8
_DEEPEST = 200
_BEGIN = "[REDACTED:"

class Finding(NamedTuple):
    """One secret that was taken out, or a mark that was there already."""

    rule: str
    path: str  # where in JSON, as an RFC 6901 pointer; "" in text


def redact_text(text: str) -> Tuple[str, List[Finding]]:
    """The text without its secrets, and what was found."""
    for _ in range(_ROUNDS):
        spans = _redact_rules.find(text)
        if not spans:
            break
        text = _replaced(text, spans)
    if _BEGIN not in text:
        return text, []
    return text, [Finding(m[1], "") for m in MARK.finditer(text)]


def mark(rule: str) -> str:
    """What stands in the place of a secret."""
    return f"{_BEGIN}{rule}]"


def _replaced(text: str, spans: List[_redact_rules.Found]) -> str:
    parts, at = [], 0
    for f in spans:
        parts += (text[at : f.start], mark(f.rule.id))
        at = f.end
    parts.append(text[at:])
    return "".join(parts)


def redact_json(value: Any) -> Tuple[Any, List[Finding]]:
    """A value as JSON has them without its secrets, and what was found. Names are looked at as well as values, and
    strings that hold JSON are looked into. A value under a name that tells, such as password, is taken out whatever it
    looks like. Nothing of what was given is changed."""
    findings: List[Finding] = []
    return _value(value, "", "", findings, 0), findings


def _value(value: Any, name: str, path: str, findings: List[Finding], depth: int) -> Any:
    if isinstance(value, str):
        clean, found = _member(name, value)
        findings += (Finding(f.rule, path + f.path) for f in found)
        return clean
    if isinstance(value, (dict, list, tuple)) and depth >= _DEEPEST:
        text = json.dumps(value, ensure_ascii=False)
        clean, found = redact_text(text)
        findings += (Finding(f.rule, path) for f in found)
        return value if clean == text else mark(found[0].rule)
    if isinstance(value, dict):
        return _members(value, path, findings, depth)
    if isinstance(value, (list, tuple)):
        before = ("", *map(flag_in, value))
        return [_value(v, before[i] or name, f"{path}/{i}", findings, depth + 1) for i, v in enumerate(value)]
    if isinstance(value, (int, float)) and not isinstance(value, bool) and tells_password(name) and len(json.dumps(value)) >= 4:
        findings.append(Finding(_NAMED_RULE, path))
        return mark(_NAMED_RULE)
    return value


def _members(value: Dict[str, Any], path: str, findings: List[Finding], depth: int) -> Dict[str, Any]:
    out: Dict[str, Any] = {}
    for name, v in value.items():
        clean, found = redact_text(name)
        below = f"{path}/{clean.replace('~', '~0').replace('/', '~1')}"
        findings += (Finding(f.rule, below) for f in found)
        free, n = clean, 2
        while free in out or (free != name and free in value):
            free, n = f"{clean} {n}", n + 1
        out[free] = _value(v, clean, below, findings, depth + 1)
    return out


def _member(name: str, text: str) -> Tuple[str, List[Finding]]:
    """The text of a member without its secrets. The name is looked at together with the text, since many a rule wants
    a name."""
    if text.lstrip(" \t\r\n")[:1] in ("{", "["):
        try:
            inner = json.loads(text)
        except (ValueError, RecursionError):
            inner = None
        if inner is not None:
            clean, found = redact_json(inner)
            joints = (", ", ": ") if '": ' in text else (",", ":")
            return (text, found) if clean == inner else (json.dumps(clean, ensure_ascii=False, separators=joints), found)
    if name and text:
        if tells_secret(name) and _holds_secret(text):
            return _secret(text)
        text = _assigned(name, text)
    return redact_text(text)


def _secret(text: str) -> Tuple[str, List[Finding]]:
    """The text of a member whose name tells."""
    clean, found = redact_text(text)
    if found and clean.startswith(_BEGIN, _scheme(clean)):
        return clean, found  # a rule knew better what it is
    return text[: _scheme(text)] + mark(_NAMED_RULE), [Finding(_NAMED_RULE, "")]


def _scheme(text: str) -> int:
    """How much of an Authorization header's value stands before the secret."""
    word, blank, _ = text.partition(" ")
    return len(word) + 1 if blank and len(word) <= 16 and ONLY_WORD.fullmatch(word) else 0


def _assigned(name: str, text: str) -> str:
    """Takes out of a text what the rules find where the name is assigned it."""
    if len(text) > 1000 or any(c in text for c in ' \n\t"'):
        return text
    head = f'{name}="'
    spans = [f for f in _redact_rules.find(f'{head}{text}"') if len(head) <= f.start and f.end <= len(head) + len(text)]
    return _replaced(head + text, spans)[len(head) :] if spans else text


def _holds_secret(text: str) -> bool:
    return not is_placeholder(text) and not text.startswith(("arn:", "projects/"))


def redact_record(kind: str, data: Dict[str, Any]) -> Dict[str, Any]:
    """The fields of a record without the secrets in its texts and JSON. Ids, words of a vocabulary, numbers and times
    stay as they are."""
    clean = data
    columns = KINDS[kind]["columns"]
    free = _free_columns(kind)
    texts = _texts(data, free)
    if texts is not None and not _redact_rules.may_hold("\n;\n".join(texts)):
        return data
    for name in free:
        value = data.get(name)
        if value is None:
            continue
        new = _column(columns[name], value)
        if new is not value:
            clean = dict(data) if clean is data else clean
            clean[name] = new
    return clean


def _column(column: Any, value: Any) -> Any:
    if column["type"] != "text":
        new, found = redact_json(value)
        return new if found else value
    if value in column.get("known", ()):
        return value
    new, found = redact_text(value)
    return new[: MAX_LONG if "long" in column or "preview" in column else MAX_NAME] if found else value


_free: Dict[str, Tuple[str, ...]] = {}


def _free_columns(kind: str) -> Tuple[str, ...]:
    """The columns into which a client may write anything."""
    free = _free.get(kind)
    if free is None:
        shape = KINDS[kind]
        free = _free[kind] = tuple(
            name for name, c in shape["columns"].items()
            if c["type"] in ("json", "text[]", "option[]") or (c["type"] == "text" and (not name.endswith("_id") or name in ("agent_id", "ticket_id")))
            if name not in (shape["subject"], "business_id") and "closed" not in c and ("envelope" not in c or name == "warnings")
        )  # fmt: skip
    return free


def _texts(data: Dict[str, Any], names: Tuple[str, ...]) -> Optional[List[str]]:
    """All texts of a record, in which whatever a rule finds it may find in all of them as one; None where a name tells,
    or there is JSON within JSON, so that each has to be looked at for itself."""
    texts: List[str] = []
    for name in names:
        value = data.get(name)
        if isinstance(value, str):
            texts.append(value)
        elif value is not None and not _gather("", value, texts, 0):
            return None
    return texts


def _gather(name: str, value: Any, texts: List[str], depth: int) -> bool:
    if isinstance(value, str):
        texts.append(f'{name}="{value}"' if name else value)
        return not value.lstrip(" \t\r\n").startswith(("{", "["))
    if isinstance(value, dict):
        for key, v in value.items():
            texts.append(key)
            if tells_secret(key) or depth > _DEEPEST or not _gather(key, v, texts, depth + 1):
                return False
    elif isinstance(value, (list, tuple)):
        return depth <= _DEEPEST and all(not flag_in(v) and _gather(name, v, texts, depth + 1) for v in value)
    return True
