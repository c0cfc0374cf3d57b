"""The writing side of the spool: a folder in which records wait until the server has them.

docs/spool.md has the format and its rules, which Go's client keeps too: several processes of either language may
share a folder.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import threading
import time
import zlib
from pathlib import Path
from typing import List, NamedTuple, Optional

from ._errors import LoggingError, SpoolFullError
from ._files import HEADER, NO_ROOM, flock, numbers_in, path_of, require_locks, unknown_version, used_bytes
from ._ids import new_id, now_text

SEGMENT_BYTES = 8 << 20
MAX_RECORD_BYTES = 8 << 20
PREFIX_BYTES = 26  # checksum and time, each with the space behind it
_COUNT_BYTES = 1 << 20
_COUNT_SECONDS = 1.0


def line_of(stamp: int, record: bytes) -> bytes:
    """A record's line: the checksum of the rest, microseconds since 1970, the record."""
    rest = b"%016d %b" % (stamp, record)
    return b"%08x %b\n" % (zlib.crc32(rest), rest)


class Mark(NamedTuple):
    """How far a segment was written. A later file of the same name is another one."""

    number: int
    device: int
    inode: int
    end: int


class Writer:
    """Appends records to a segment of its own, which nobody else writes."""

    def __init__(self, directory: Path, max_bytes: int, server: str = "") -> None:
        self.directory = directory
        self.max_bytes = max_bytes
        self._server = server
        self._closed = False
        self._last = 0
        self._forget()

    def _forget(self) -> None:
        """As it is before the first record: for a new process, too, as the parent's segment is not the child's."""
        self._lock = threading.RLock()
        self._pid = os.getpid()
        self._id = new_id()
        self._fd: Optional[int] = None
        self._marks: List[Mark] = []
        self._counted_at: Optional[float] = None
        self._used = 0
        self._since_count = 0

    def append(self, record: bytes) -> None:
        """Writes one record. Once it returns, the record survives the end of the program."""
        if len(record) > MAX_RECORD_BYTES:
            raise LoggingError(
                f"the record has {len(record)} bytes as JSON, and the ledger takes at most {MAX_RECORD_BYTES}",
                code="too_large",
                hint="shorten its texts, or say where the whole can be found",
            )
        if self._pid != os.getpid():
            self.after_fork()
        with self._lock:
            if self._closed:
                raise LoggingError("the recorder is closed", code="closed", hint="record before close(), or make another Recorder")
            try:
                self._make_room(PREFIX_BYTES + len(record) + 1)
                self._write(record)
            except OSError as error:
                raise self._storage_error(error) from error

    def _make_room(self, size: int) -> None:
        """Refuses what is beyond the bound. To count the folder is dear beside a write, so it is done now and then."""
        now = time.monotonic()
        due = self._counted_at is None or self._since_count >= _COUNT_BYTES or now - self._counted_at >= _COUNT_SECONDS
        if due or self._used + size > self.max_bytes:
            self._used, self._since_count, self._counted_at = used_bytes(self.directory), 0, now
            if self._fd is not None and not os.fstat(self._fd).st_nlink:
                self._drop_segment()  # somebody cleared the folder away
        if self._used + size > self.max_bytes:
            raise SpoolFullError(
                f"the spool {self.directory} is full: {self._used} of its {self.max_bytes} bytes wait for the server, or were refused by it",
                code="full",
                hint=f"see `daybook spool status {self.directory}`",
            )

    def _write(self, record: bytes) -> None:
        if self._fd is None or self._is_full(PREFIX_BYTES + len(record) + 1):
            self._begin_segment()
        assert self._fd is not None
        self._last = max(self._last + 1, time.time_ns() // 1000)
        line = line_of(self._last, record)
        try:
            _write_whole(self._fd, line)
        except OSError as error:
            self._cut()
            if error.errno in NO_ROOM and self._marks[-1].end > self._header_size:
                self._drop_segment()  # so that it can be removed once it is delivered, which makes room
            raise
        mark = self._marks[-1]
        self._marks[-1] = mark._replace(end=mark.end + len(line))
        self._used += len(line)
        self._since_count += len(line)

    def _is_full(self, size: int) -> bool:
        """A segment that holds only its header takes one line of any size."""
        end = self._marks[-1].end
        return end + size > SEGMENT_BYTES and end > self._header_size

    def _cut(self) -> None:
        """Takes half a line away. Where that fails too, the segment is left as that of a writer that died."""
        assert self._fd is not None
        try:
            os.ftruncate(self._fd, self._marks[-1].end)
        except OSError:
            self._drop_segment()

    def _drop_segment(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _begin_segment(self) -> None:
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._marks:
            self._check_directory()
        header = self._header()
        number = max(time.time_ns() // 1000, max(numbers_in(self.directory, ".seg", ".ack"), default=0) + 1)
        fd = None
        while fd is None:
            fd = self._create(number)
            number += 1
        try:
            _write_whole(fd, header)
        except OSError:
            os.unlink(path_of(self.directory, number - 1))
            os.close(fd)
            raise
        self._drop_segment()
        about = os.fstat(fd)
        self._fd, self._header_size = fd, len(header)
        self._used += len(header)
        self._marks.append(Mark(number - 1, about.st_dev, about.st_ino, len(header)))

    def _create(self, number: int) -> Optional[int]:
        """Creates a segment and locks it; None where another was quicker, or took it for abandoned in between."""
        path = path_of(self.directory, number)
        try:
            fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return None
        try:
            flock(fd)
            mine, there = os.fstat(fd), os.stat(path)
            if (mine.st_dev, mine.st_ino) == (there.st_dev, there.st_ino):
                return fd
        except FileNotFoundError:
            pass
        except OSError:
            os.close(fd)
            raise
        os.close(fd)
        return None

    def _check_directory(self) -> None:
        require_locks()
        for number in numbers_in(self.directory):
            version = unknown_version(path_of(self.directory, number))
            if version is not None:
                raise LoggingError(
                    f"the spool {self.directory} is of version {version}, and this client writes version 1",
                    code="unsupported",
                    hint="use a client of that version, or another folder in DAYBOOK_SPOOL",
                )

    def _header(self) -> bytes:
        about = {
            "writer": self._id, "pid": os.getpid(), "host": socket.gethostname(), "program": "daybook-python",
            "started_at": now_text(), "server": self._server,
        }  # fmt: skip
        return HEADER + b"1, " + json.dumps(about).encode()[1:] + b"\n"

    def _storage_error(self, error: OSError) -> LoggingError:
        hint = "make the folder writable, or name another in DAYBOOK_SPOOL"
        if error.errno in NO_ROOM:
            hint = "free space on its disk, or name a folder on another in DAYBOOK_SPOOL"
        return LoggingError(f"the spool {self.directory} cannot be written: {error.strerror or error}", code="storage", hint=hint)

    def marks(self) -> List[Mark]:
        """What this writer has written so far and what may wait for delivery."""
        with self._lock:
            return list(self._marks)

    def forget_marks(self, delivered: List[Mark]) -> None:
        """Forgets the segments that are delivered, but for the one that is being written."""
        with self._lock:
            done = {mark.number for mark in delivered}
            self._marks = [mark for mark in self._marks[:-1] if mark.number not in done] + self._marks[-1:]

    def release(self) -> None:
        """Lets go of the segment. What waits in it is delivered by whoever sends; the next record begins another."""
        with self._lock:
            self._drop_segment()

    def close(self) -> None:
        """Refuses all that comes from now on."""
        with self._lock:
            self._closed = True
            self._drop_segment()

    def after_fork(self) -> None:
        """For the child of a fork. Closing its copy of the segment leaves the lock with the parent."""
        fd = self._fd
        self._forget()
        if fd is not None:
            os.close(fd)


def _write_whole(fd: int, data: bytes) -> None:
    """One write, which is short where there is no room for all of it."""
    if os.write(fd, data) < len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


