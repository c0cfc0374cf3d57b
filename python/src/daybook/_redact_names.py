"""Names of JSON members and of flags that tell a secret. The same stands in redact/named.go."""

from __future__ import annotations

from typing import Any, Dict

# The ends of names that tell a secret, without what joins their words, and of those that do not.
_SECRET_NAMES = (
    "password", "passwd", "passphrase", "passcode", "pwd", "secret", "token", "authorization", "credential", "credentials", "cookie",
    "apikey", "accesskey", "secretkey", "privatekey", "signingkey", "encryptionkey", "masterkey", "accountkey", "authkey",
    "sharedkey", "servicekey", "secretaccesskey", "connectionstring", "secretvalue", "secretstring",
    "dbpass", "userpass", "smtppass", "mysqlpass", "adminpass", "authpass", "becomepass",
)  # fmt: skip
_OPEN_NAMES = (
    "pagetoken", "nexttoken", "synctoken", "continuationtoken", "cursortoken", "padtoken", "eostoken", "bostoken", "unktoken", "stoptoken",
    "endtoken", "starttoken", "firsttoken", "lasttoken", "perfirsttoken", "pertoken", "masktoken", "septoken", "clstoken",
    "maxtoken", "mintoken", "inputtoken", "outputtoken", "progresstoken", "idempotencytoken", "designtoken",
)  # fmt: skip

_tells: Dict[str, bool] = {}


def tells_secret(name: str) -> bool:
    """Whether a member of that name holds a secret. A mark in the name says what was found, and not what stands behind
    it."""
    known = _tells.get(name)
    if known is None:
        plain = "".join(c for c in name.lower() if c.isascii() and c.isalnum())
        known = 3 <= len(name) <= 128 and "[REDACTED:" not in name and plain.endswith(_SECRET_NAMES) and not plain.endswith(_OPEN_NAMES)
        if len(_tells) < 10_000:
            _tells[name] = known
    return known


def tells_password(name: str) -> bool:
    """Whether a number of that name is a secret."""
    return bool(name) and tells_secret(name) and not name.lower().endswith("token")


def flag_in(value: Any) -> str:
    """The flag that an element of a list is, where its name tells that a secret follows, as in
    ``["--password", "x"]``; else ""."""
    if isinstance(value, str) and len(value) > 1 and value[0] == "-" and not any(c in value for c in '= \t\n\r\\"'):
        return value if tells_secret(value) else ""
    return ""
