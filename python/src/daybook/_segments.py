"""The reading side of the spool: the records of all writers, in the order in which they were written.

What was written after another call had returned is never given before it. For that the folder is read twice: the
first pass finds the highest time H, the second reads what was written since. All that was written before a record
which the first pass saw is there in the second, and what is later than H waits for the next round.
"""

from __future__ import annotations

import json
import os
import zlib
from collections import deque
from pathlib import Path
from typing import Deque, Dict, List, Optional

from ._files import HEADER, NO_ROOM, flock, numbers_in, path_of, read_ack, unknown_version

READ_BYTES = 1 << 20


class Line:
    """A line of a segment: a record, or what is left of a damaged one."""

    __slots__ = ("segment", "time", "start", "text", "record", "settled")

    def __init__(self, segment: "Segment", time: int, start: int, text: bytes, record: Optional[bytes]) -> None:
        self.segment = segment
        self.time = time
        self.start = start
        self.text = text
        self.record = record  # None where the line is damaged
        self.settled = False

    def __lt__(self, other: "Line") -> bool:
        return (self.time, self.segment.number, self.start) < (other.time, other.segment.number, other.start)


def time_of(text: bytes) -> Optional[int]:
    """The time of a record's line without its line feed; None where the line is damaged."""
    if text[8:9] != b" " or text[25:26] != b" " or not text[9:25].isdigit():
        return None
    return int(text[9:25]) if text[:8] == b"%08x" % zlib.crc32(text[9:]) else None


def is_header(text: bytes) -> bool:
    """Says whether a first line is a segment's header."""
    if not text.startswith(HEADER):
        return False
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


class Segment:
    """A segment, with the place up to which it is read and the lines that are read and not settled.

    It is opened anew for each read: there may be more segments than files that a process may open.
    """

    def __init__(self, directory: Path, number: int) -> None:
        self.number = number
        self.path = path_of(directory, number)
        self.unknown = unknown_version(self.path)
        self.acked = self.read = read_ack(self.path)
        self.at_end = False
        self.last_time = 0
        self.lines: Deque[Line] = deque()

    def read_on(self) -> None:
        """Reads the whole lines that came, some READ_BYTES of them at once."""
        self.at_end = True
        if self.unknown is not None:
            return
        with open(self.path, "rb", buffering=0) as file:
            data = self._chunk(file.fileno()) if os.fstat(file.fileno()).st_size > self.read else b""
        for text in data.split(b"\n")[:-1]:  # what is behind the last line feed is being written, or never was
            self._add(text)

    def _chunk(self, fd: int) -> bytes:
        size = READ_BYTES
        while True:
            data = os.pread(fd, size, self.read)
            self.at_end = len(data) < size
            if self.at_end or b"\n" in data:
                return data
            size *= 4

    def _add(self, text: bytes) -> None:
        start, self.read = self.read, self.read + len(text) + 1
        if start == 0 and is_header(text):
            return
        time = time_of(text)
        self.last_time = max(self.last_time, time or 0)
        self.lines.append(Line(self, self.last_time, start, text, None if time is None else text[26:]))

    def acknowledge(self) -> None:
        """Writes down what is settled, so that the next sender begins behind it."""
        while self.lines and self.lines[0].settled:
            self.lines.popleft()
        done = self.lines[0].start if self.lines else self.read
        if done <= self.acked:
            return
        try:
            self._write_ack(done)
            self.acked = done
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            # On a full disk this sender alone knows the position. To hold delivery up would keep the disk full.

    def _write_ack(self, done: int) -> None:
        fd = os.open(self.path[:-4] + ".ack", os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.pwrite(fd, b"%020d" % done, 0)
        finally:
            os.close(fd)

    def remove_if_done(self) -> bool:
        """Removes a segment that is delivered and whose writer is gone. The position goes first: a later segment of
        the same number must not find it."""
        if self.lines or self.unknown is not None:
            return False
        fd = os.open(self.path, os.O_RDONLY)
        try:
            if not flock(fd, wait=False):
                return False
            self.read_on()  # what the writer wrote last
            if self.lines or not self.at_end:
                return False
            unlink(self.path[:-4] + ".ack")
            unlink(self.path)
            return True
        finally:
            os.close(fd)


class Segments:
    """All segments of a folder, as its sender sees them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._known: Dict[int, Segment] = {}
        self._ready: List[Line] = []

    def collect(self) -> bool:
        """Makes ready what may be delivered now. False where nothing waits at all."""
        if self._ready:
            return True
        self._find()
        for segment in self._known.values():
            if segment.at_end or not segment.lines:
                segment.read_on()
        high = max((s.last_time for s in self._known.values()), default=0)
        fresh = self._find()
        for segment in self._known.values():
            if segment.at_end or segment.number in fresh:
                segment.read_on()
        high = min([high] + [s.last_time for s in self._known.values() if not s.at_end])
        self._ready = sorted(line for s in self._known.values() for line in s.lines if line.time <= high)
        return bool(self._ready) or any(s.lines or not s.at_end for s in self._known.values())

    def _find(self) -> List[int]:
        """Looks for segments that are new, and forgets those that somebody took away."""
        there = numbers_in(self._directory)
        fresh = [number for number in there if number not in self._known]
        for number in fresh:
            self._known[number] = Segment(self._directory, number)
        for number in self._known.keys() - there:
            del self._known[number]
        return fresh

    def batch(self, most: int, most_bytes: int) -> List[Line]:
        """The next lines to deliver, at least one if there is any. A damaged one comes alone."""
        size = 0
        for n, line in enumerate(self._ready[:most]):
            size += 0 if line.record is None else len(line.record) + 1
            if n and (line.record is None or size > most_bytes):
                return self._ready[:n]
            if line.record is None:
                return self._ready[:1]
        return self._ready[:most]

    def settle(self, n: int) -> None:
        """Counts the next n lines as delivered or refused, and writes the positions down."""
        done, self._ready = self._ready[:n], self._ready[n:]
        for line in done:
            line.settled = True
        for segment in {line.segment.number: line.segment for line in done}.values():
            segment.acknowledge()

    def tidy(self) -> None:
        """Removes what is done with: segments of writers that are gone, and positions of no segment."""
        for number, segment in list(self._known.items()):
            if segment.remove_if_done():
                del self._known[number]
            else:
                segment.acknowledge()  # what could not be written when the disk was full
        segments = set(numbers_in(self._directory))
        for number in numbers_in(self._directory, ".ack"):
            if number not in segments:
                unlink(path_of(self._directory, number, ".ack"))

    def skipped(self) -> List[Dict[str, str]]:
        """The segments that are left alone, with the reason."""
        return [
            {"segment": f"{s.number:016d}", "reason": f"it is of version {s.unknown}, and this sender reads version 1"}
            for s in self._known.values() if s.unknown is not None
        ]  # fmt: skip


def unlink(path: str) -> None:
    """Removes a file, if it is there."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
