"""The writing side of the spool: a folder in which records wait until the server has them.

docs/spool.md has the format, which Go's client shares: several processes, of either language, may use one folder.
"""

from __future__ import annotations

import errno
import json
import os
import threading
import time
import zlib
from pathlib import Path
from typing import List, Optional, Tuple

from ._errors import LoggingError, SpoolFullError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

SEGMENT_BYTES = 8 << 20
MAX_RECORD_BYTES = 8 << 20
_HEADER = {"daybook_spool": 1, "client": "daybook-python"}
_RECOUNT_SECONDS = 0.1


def line_of(stamp: int, record: bytes) -> bytes:
    """A record's line: the checksum of the rest, microseconds since 1970, the record."""
    rest = b"%016d %b" % (stamp, record)
    return b"%08x %b\n" % (zlib.crc32(rest), rest)


def segment_name(number: int) -> str:
    return f"{number:016d}.seg"


def numbers_in(directory: Path, suffixes: Tuple[str, ...] = (".seg",)) -> List[int]:
    """The numbers of the segments in a folder, in order."""
    found = set()
    for name in os.listdir(directory):
        stem, dot, suffix = name.partition(".")
        if dot + suffix in suffixes and len(stem) == 16 and stem.isdigit() and stem.isascii():
            found.add(int(stem))
    return sorted(found)


def used_bytes(directory: Path) -> int:
    """What the spool holds: the bytes that wait for delivery, and those that the server rejected."""
    total = 0
    for entry in os.scandir(directory):
        try:
            if entry.name.endswith(".seg"):
                total += max(0, entry.stat().st_size - read_ack(os.path.splitext(entry.path)[0] + ".ack"))
            elif entry.name == "rejects.ndjson":
                total += entry.stat().st_size
        except FileNotFoundError:
            pass  # delivered just now
    return total


def read_ack(path: "os.PathLike[str] | str") -> int:
    """How many bytes of a segment are delivered; 0 where nobody knows, as sending again does no harm."""
    try:
        with open(path, "rb") as file:
            text = file.read(32)
    except OSError:
        return 0
    return int(text) if len(text) == 20 and text.isdigit() else 0


class Writer:
    """Appends records to a segment of its own, which nobody else writes."""

    def __init__(self, directory: Path, max_bytes: int) -> None:
        if fcntl is None:
            raise LoggingError("the spool needs file locks, which this system does not have", code="unsupported", hint="use Linux, macOS or another Unix")
        self.directory = directory
        self.max_bytes = max_bytes
        self.closed = False
        self._last = 0
        self._forget()

    def _forget(self) -> None:
        """As it is before the first record: for a new process, too, whose parent's segment is not its own."""
        self._lock = threading.RLock()
        self._pid = os.getpid()
        self._fd: Optional[int] = None
        self._number = 0
        self._size = 0
        self._written: List[Tuple[int, int]] = []
        self._used = 0
        self._counted = 0.0

    def append(self, record: bytes) -> None:
        """Writes one record. When it returns, the record survives the end of the program."""
        if len(record) > MAX_RECORD_BYTES:
            raise LoggingError(
                f"the record has {len(record)} bytes as JSON, and the ledger takes at most {MAX_RECORD_BYTES}",
                code="too_large", hint="shorten its texts, or say where the whole can be found",
            )
        if self._pid != os.getpid():
            self.after_fork()
        with self._lock:
            if self.closed:
                raise LoggingError("the recorder is closed", code="closed", hint="record before close(), or make another Recorder")
            self._make_room(len(record) + 27)
            try:
                self._write(record)
            except OSError as error:
                raise self._storage_error(error) from error

    def _make_room(self, n: int) -> None:
        """Refuses what is beyond the bound. Counting the folder is dear beside a write, so it is done now and then."""
        now = time.monotonic()
        if now - self._counted > _RECOUNT_SECONDS or self._used + n > self.max_bytes:
            try:
                self._used = used_bytes(self.directory)
            except FileNotFoundError:
                self._used = 0
            self._counted = now
        if self._used + n > self.max_bytes:
            raise SpoolFullError(
                f"the spool {self.directory} is full: {self._used} of {self.max_bytes} bytes wait for the server or were rejected by it",
                code="full", hint=f"see `daybook spool status {self.directory}`; is the server away?",
            )
        self._used += n

    def _write(self, record: bytes) -> None:
        if self._fd is None or self._size >= SEGMENT_BYTES:
            self._open_segment()
        assert self._fd is not None
        self._last = max(self._last, time.time_ns() // 1000)
        line = line_of(self._last, record)
        written = 0
        try:
            written = os.write(self._fd, line)
            if written < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            self._cut()
            raise
        self._size += written
        self._written[-1] = (self._number, self._size)

    def _cut(self) -> None:
        """Takes half a line away. Where that fails, too, the segment is left as one whose writer died in the middle."""
        assert self._fd is not None
        try:
            os.ftruncate(self._fd, self._size)
        except OSError:
            os.close(self._fd)
            self._fd = None

    def _open_segment(self) -> None:
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        header = json.dumps({**_HEADER, "pid": os.getpid()}).encode() + b"\n"
        while True:
            number = max(numbers_in(self.directory, (".seg", ".ack")), default=0) + 1
            path = self.directory / segment_name(number)
            try:
                fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                continue  # another writer was quicker
            try:
                fcntl.flock(fd, fcntl.LOCK_EX)
                if os.fstat(fd).st_nlink == 0:  # taken for one whose writer is gone, before it was locked
                    os.close(fd)
                    continue
                if os.write(fd, header) < len(header):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            except OSError:
                os.unlink(path)
                os.close(fd)
                raise
            break
        if self._fd is not None:
            os.close(self._fd)
        self._fd, self._number, self._size = fd, number, len(header)
        self._written.append((number, self._size))

    def _storage_error(self, error: OSError) -> LoggingError:
        hint = "make the folder writable, or name another in DAYBOOK_SPOOL"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            hint = "free space on its disk, or name a folder on another in DAYBOOK_SPOOL"
        return LoggingError(f"the spool {self.directory} cannot be written: {error.strerror or error}", code="storage", hint=hint)

    def position(self) -> List[Tuple[int, int]]:
        """The segments of this writer that may wait for delivery, each with how far it is written."""
        with self._lock:
            return list(self._written)

    def delivered(self, number: int) -> None:
        """Forgets a segment of which everything is delivered, unless it is the one that is written now."""
        with self._lock:
            self._written = [w for w in self._written if w[0] != number or (w[0] == self._number and self._fd is not None)]

    def close(self) -> None:
        """Lets go of the segment. What waits in it is delivered by whoever sends next."""
        with self._lock:
            self.closed = True
            if self._fd is not None:
                os.close(self._fd)
                self._fd = None

    def after_fork(self) -> None:
        """For the child of a fork: the segment stays the parent's, and this process takes one of its own."""
        fd = self._fd
        self._forget()
        if fd is not None:
            os.close(fd)  # a copy: the parent keeps its own, and with it the lock
