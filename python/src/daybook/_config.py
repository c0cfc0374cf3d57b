"""Where records go, and where they wait: from arguments, else from the environment."""

from __future__ import annotations

import hashlib
import math
import os
import re
import urllib.parse
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Union

from ._errors import LoggingError

try:
    import pwd
except ImportError:  # Windows
    pwd = None  # type: ignore[assignment]

DEFAULT_URL = "http://127.0.0.1:7777"
DEFAULT_MAX_BYTES = 256 << 20


@dataclass(frozen=True)
class Settings:
    """What a recorder was told. ``token`` stays out of its repr, which ends up in logs."""

    url: str
    directory: Path
    max_bytes: int
    agent: Optional[str]
    business_id: Optional[str]
    timeout: float
    exit_timeout: float
    token: Optional[str] = None

    def __repr__(self) -> str:
        return f"Settings(url={self.url!r}, directory={str(self.directory)!r}, agent={self.agent!r})"


def settings(
    url: Optional[str] = None,
    token: Optional[str] = None,
    spool: Union[str, "os.PathLike[str]", None] = None,
    max_bytes: Optional[int] = None,
    agent: Optional[str] = None,
    business_id: Optional[str] = None,
    timeout: float = 30.0,
    exit_timeout: float = 5.0,
) -> Settings:
    """Arguments win over DAYBOOK_URL, DAYBOOK_TOKEN, DAYBOOK_SPOOL and DAYBOOK_AGENT; an empty variable is none."""
    url = _url(url or os.environ.get("DAYBOOK_URL") or DEFAULT_URL)
    token = _token(token or os.environ.get("DAYBOOK_TOKEN") or None)
    if max_bytes is None:
        max_bytes = DEFAULT_MAX_BYTES
    if not isinstance(max_bytes, int) or max_bytes <= 0:
        raise LoggingError("max_bytes must be a whole number of bytes, more than 0", code="config", hint="leave it out for 256 MiB")
    if not _is_seconds(timeout) or timeout <= 0:
        raise LoggingError("timeout must be a number of seconds, more than 0", code="config", hint="leave it out for 30")
    if not _is_seconds(exit_timeout) or exit_timeout < 0:
        raise LoggingError("exit_timeout must be a number of seconds, 0 or more", code="config", hint="leave it out for 5")
    directory = Path(spool).expanduser() if spool else default_directory(url, token)
    return Settings(
        url=url, token=token, directory=Path(os.path.abspath(directory)), max_bytes=max_bytes,
        agent=agent or os.environ.get("DAYBOOK_AGENT") or None, business_id=business_id or None,
        timeout=timeout, exit_timeout=exit_timeout,
    )


def _is_seconds(value: object) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)


def require_main_interpreter() -> None:
    """Raises in a subinterpreter: it can have no thread that may end with the program, and does not see its forks."""
    try:
        import _interpreters as interpreters  # from Python 3.13 on
    except ImportError:
        try:
            import _xxsubinterpreters as interpreters
        except ImportError:
            return  # another Python than CPython, which has none
    if interpreters.get_current() != interpreters.get_main():
        raise LoggingError("a recorder cannot be made in a subinterpreter", code="unsupported", hint="record from the main interpreter")


def _url(url: str) -> str:
    parts = urllib.parse.urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise LoggingError(f"{url!r} is no address of a Daybook server", code="config", hint=f"give one such as {DEFAULT_URL}, as url or in DAYBOOK_URL")
    if parts.username or parts.password:
        raise LoggingError("the server's address holds a user or a password", code="config", hint="give the token as token or in DAYBOOK_TOKEN")
    try:
        parts.port
    except ValueError:
        raise LoggingError(f"{url!r} has no port from 0 to 65535", code="config") from None
    return url.strip().rstrip("/")


def _token(token: Optional[str]) -> Optional[str]:
    if token is None:
        return None
    token = token.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise LoggingError("the token holds what no token holds", code="config", hint="give it as `daybook token create` showed it")
    return token


def default_directory(url: str, token: Optional[str]) -> Path:
    """The folder of one server and one token, so that the records of two never mix."""
    base = os.environ.get("DAYBOOK_SPOOL")
    if base:
        root = Path(base)
    else:
        state = os.environ.get("XDG_STATE_HOME")
        root = (Path(state) if state else _home() / ".local" / "state") / "daybook" / "spool"
    host = re.sub(r"[^a-z0-9.-]", "_", re.sub("[A-Z]", lambda m: m[0].lower(), url.partition("://")[2].partition("/")[0]))
    digest = hashlib.sha256(f"{url}\n{token or ''}".encode()).hexdigest()[:8]
    return root / f"{host}-{digest}"


def _home() -> Path:
    """An empty HOME is none, as everywhere in the environment: ``Path.home()`` would take it for the root."""
    home = os.environ.get("HOME")
    if home:
        return Path(home)
    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except (KeyError, AttributeError):
        raise LoggingError("there is no home folder to put the spool in", code="config", hint="name a folder in DAYBOOK_SPOOL") from None
