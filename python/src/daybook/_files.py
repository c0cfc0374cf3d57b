"""The files of a spool: their names, their locks, and what they hold."""

from __future__ import annotations

import errno
import os
import re
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, List, Optional

from ._errors import LoggingError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
HEADER = b'{"daybook_spool": '
REJECTS = "rejects.ndjson"
_VERSION = re.compile(rb'\{"daybook_spool": ([^,}\n]*)[,}]')
_NUMBERED = re.compile(r"([0-9]{16})(\.seg|\.ack)\Z")


def path_of(directory: Path, number: int, suffix: str = ".seg") -> str:
    """The path of a segment, or of its position."""
    return f"{directory}/{number:016d}{suffix}"


def numbers_in(directory: Path, *suffixes: str) -> List[int]:
    """The numbers of the segments in a folder, in order; none where there is no folder."""
    try:
        names = os.listdir(directory)
    except FileNotFoundError:
        return []
    found = (_NUMBERED.match(name) for name in names)
    return sorted({int(m[1]) for m in found if m and m[2] in (suffixes or (".seg",))})


def read_ack(path: str) -> int:
    """How many bytes of a segment are delivered: 0 where nobody knows, as to send again does no harm."""
    try:
        with open(path[:-4] + ".ack", "rb") as file:
            text = file.read(21)
        if len(text) != 20 or not text.isdigit() or not int(text):
            return 0
        with open(path, "rb", buffering=0) as file:
            file.seek(int(text) - 1)
            return int(text) if file.read(1) == b"\n" else 0
    except OSError:
        return 0


def used_bytes(directory: Path) -> int:
    """What a spool holds: the bytes that wait for delivery, and those that the server refused."""
    total = 0
    for number in numbers_in(directory):
        path = path_of(directory, number)
        try:
            total += os.stat(path).st_size - read_ack(path)
        except FileNotFoundError:
            pass  # delivered just now
    try:
        total += os.stat(f"{directory}/{REJECTS}").st_size
    except FileNotFoundError:
        pass
    return total


def unknown_version(path: str) -> Optional[str]:
    """The version of a segment that is not of this format's version; None where it is, or where there is no header."""
    try:
        with open(path, "rb", buffering=0) as file:
            found = _VERSION.match(file.read(256))
    except FileNotFoundError:
        return None
    if found is None or found[1].strip() == b"1":
        return None
    return found[1].decode("ascii", "replace").strip()


def require_locks() -> None:
    """Raises where the system has no locks of the sort that the spool needs."""
    if fcntl is None:
        raise LoggingError("the spool needs flock(2), which this system does not have", code="unsupported", hint="use Linux, macOS or a BSD")


def flock(fd: int, wait: bool = True) -> bool:
    """Locks a file until all copies of the descriptor are closed; False where it does not wait, and another holds it."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


@contextmanager
def locked(path: str) -> Iterator[None]:
    """Holds the lock of a file that is there for nothing else."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        flock(fd)
        yield
    finally:
        os.close(fd)


def replace(path: str, data: bytes) -> None:
    """Replaces a small file at once."""
    fd = os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(fd, data)
    finally:
        os.close(fd)
    os.replace(path + ".new", path)
