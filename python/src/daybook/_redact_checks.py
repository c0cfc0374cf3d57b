"""What has the last word on a candidate for a secret. The same stands in redact/check.go and redact/pii.go: a change of
the one is a change of the other, and a test holds them together."""

from __future__ import annotations

import re
from typing import Callable, Dict, Optional, Tuple

from ._redact_names import tells_secret

Span = Tuple[int, int]
# A check is given the text, where the match begins, and where the secret begins and ends. It gives the secret's place,
# which it may have made smaller, or None.
Check = Callable[[str, int, int, int], Optional[Span]]

_TELLING = re.compile(
    r"secret|token|passw|credential|creds|auth|(?:api|access|private|account|encryption|signing|master|service)[ _.-]?key",
    re.ASCII | re.IGNORECASE,
)
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128}", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}(?:[T_.-]|\Z)", re.ASCII)
_WORD = re.compile(r"[A-Za-z]{1,16}[0-9]{0,4}|[0-9]{1,8}|", re.ASCII)
_JOINT = re.compile(r"[._/=+:-]+", re.ASCII)
_DIGIT = re.compile(r"[0-9]", re.ASCII)
_LAST_NAME = re.compile(r"[\w-]{1,128}\Z", re.ASCII)


def named(text: str, match: int) -> int:
    """Where the name begins in whose middle a match may begin."""
    at = match
    while at > 0 and match - at < 50 and (is_word(text[at - 1]) or text[at - 1] in ".-"):
        at -= 1
    return at


def is_word(c: str) -> bool:
    return c == "_" or (c.isascii() and c.isalnum())


def looks_random(s: str) -> bool:
    """Whether a text has digits, and is not made of words with numbers behind them, as names are."""
    if not _DIGIT.search(s) or _DATE.match(s):
        return False
    return any(not _WORD.fullmatch(part) for part in _JOINT.split(s))


def is_generic(text: str, match: int, start: int, end: int) -> Optional[Span]:
    """Judges what stands behind a name such as key or token. Names of columns, ids and digests do as well."""
    secret = text[start:end]
    if not looks_random(secret):
        return None
    name = text[named(text, match) : start]
    telling = _TELLING.search(name) is not None
    if not telling and (_UUID.fullmatch(secret) or _DIGEST.fullmatch(secret)):
        return None
    quoted = text[start - 1] in "\"'`"
    operator = name.rstrip(" \t\r\n\f\"'`\\")
    if operator.endswith("||") or _leads_on(operator):
        good = False
    elif operator.endswith(","):
        good = quoted and telling
    elif operator.endswith(">") and not operator.endswith("=>"):
        good = telling and not quoted and text.startswith("<", end)
    else:
        good = quoted or end == len(text) or text[end] not in "(.["
    return (start, end) if good else None


def _leads_on(name: str) -> bool:
    """Whether a name with its operator is of those that end as the name of a secret does and hold none, such as
    next_token."""
    name = name.rstrip("=>:|,? \t\r\n\f\"'`\\")
    last = _LAST_NAME.search(name)
    return last is not None and last[0].lower().endswith("token") and not tells_secret(last[0])


def is_token(text: str, match: int, start: int, end: int) -> Optional[Span]:
    """Judges what begins as a token does, and is no part of a longer name."""
    if match == start and text[max(0, match - 1) : match] == "-":
        return None
    return (start, end) if looks_random(text[start:end]) else None


_PLACEHOLDER = re.compile(
    r"""(?:["'`]*|[*.xX#?_-]+|[$%:?{<@&][^\n]*|[^\n]*\{\{[^\n]*|\([^\n]*|<[^\n]*>|%s|"""
    r"(?:my|your|the|new|old|a|db)?[_-]?(?:password|passwd|passphrase|pass|pwd|pw|secret|token|key|api[_-]?key)|"
    r"change[_-]?(?:me|it)|none|null|nil|undefined|true|false|yes|no|on|off|required|optional|string|text|varchar[^\n]*|char[^\n]*|hidden|masked|redacted|"
    r"removed|empty|unknown|n/a|example|bearer|basic|prompt|stdin|default|is|not|was|and|or)",
    re.ASCII | re.IGNORECASE,
)


def is_placeholder(s: str) -> bool:
    return _PLACEHOLDER.fullmatch(s) is not None


def is_password(text: str, match: int, start: int, end: int) -> Optional[Span]:
    return None if is_placeholder(text[start:end]) else (start, end)


def is_curl_user(text: str, match: int, start: int, end: int) -> Optional[Span]:
    """Wants the flag to be one of curl, and not of docker or git beside it."""
    before = text[max(0, match - 1000) : match]
    at = before.rfind("curl")
    if at < 0 or ";" in before[at:] or "|" in before[at:]:
        return None
    return is_password(text, match, start, end)


_ASSIGNMENT = re.compile(
    r"""([ \t]*)(=>|:=|==|=|:)?([ \t]*)(?:[a-zA-Z]{0,2}'([^']+)'|\\*"([^"\\]+)\\*"|"([^"]+)"|([^\s"']+))""", re.ASCII
)
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+", re.ASCII)
ONLY_WORD = re.compile(r"[A-Za-z_]+", re.ASCII)
_FOLDER = re.compile(r"[~.]?/|[A-Za-z]:", re.ASCII)


def is_assigned(text: str, match: int, start: int, end: int) -> Optional[Span]:
    """Judges what a password's name is followed by, and leaves the value alone of it."""
    m = _ASSIGNMENT.fullmatch(text, start, end)
    if m is None:
        return None
    value = m.lastindex or 0
    operator, blanks = m[2] or "", bool(m[1] or m[3])
    start, end = m.span(value)
    secret = text[start:end]
    if is_placeholder(secret):
        return None
    if value < 7:
        good = operator != "" or (blanks and " " not in secret and "\t" not in secret)
        return (start, end) if good else None
    if not operator and m[1] and text.startswith("--", named(text, match)):
        operator = "--"  # a flag and its value
    return _assigned_bare(text, start, end, operator, blanks)


def _assigned_bare(text: str, start: int, end: int, operator: str, blanks: bool) -> Optional[Span]:
    """Judges a value without quotes: it may be the name of a column, a type, or a word of prose."""
    secret = text[start:end].rstrip(".!`")
    end = start + len(secret)
    if not operator or len(secret) < 4 or _DOTTED.fullmatch(secret) or _FOLDER.match(secret) or is_placeholder(secret):
        return None
    if text[end : end + 1] in ("(", "[") or (operator == "--" and secret[0] == "-"):
        return None
    if ONLY_WORD.fullmatch(secret) and (operator != "=" or blanks):
        return None
    return start, end


CHECKS: Dict[str, Check] = {"generic": is_generic, "token": is_token, "password": is_password, "curl": is_curl_user, "assigned": is_assigned}
