"""The reading side of the spool: the records of all writers, in the order in which they were written.

A record that was written after another one's call had returned is never given before it. So the folder is read
twice: the first pass finds the highest time H, the second reads what was written since. Whatever was written
before a record that the first pass saw is there in the second, and what is later than H waits for the next round.
"""

from __future__ import annotations

import json
import os
import zlib
from collections import deque
from pathlib import Path
from typing import Deque, Dict, Iterator, List

from ._spool import fcntl, numbers_in, read_ack, segment_name

READ_BYTES = 512 << 10
_PREFIX = 26  # eight digits, a space, sixteen digits, a space


class Line:
    """A record as it stands in a segment."""

    __slots__ = ("segment", "time", "start", "end", "record", "settled")

    def __init__(self, segment: "Segment", time: int, start: int, end: int, record: bytes) -> None:
        self.segment = segment
        self.time = time
        self.start = start
        self.end = end
        self.record = record
        self.settled = False

    def __lt__(self, other: "Line") -> bool:
        return (self.time, self.segment.number, self.start) < (other.time, other.segment.number, other.start)


class Damaged(Exception):
    """A line in the middle of a segment whose checksum is wrong."""


def parse_line(segment: "Segment", start: int, text: bytes) -> Line:
    """Reads a line, without its line feed."""
    rest = text[9:]
    try:
        if text[8:9] != b" " or text[25:26] != b" " or int(text[:8], 16) != zlib.crc32(rest):
            raise Damaged
        return Line(segment, int(text[9:25]), start, start + len(text) + 1, text[_PREFIX:])
    except ValueError:
        raise Damaged from None


class Segment:
    """A segment with the place up to which it is read, and the lines that are read and not settled.

    It is opened anew for each read: there may be more segments than a process may open files.
    """

    def __init__(self, directory: Path, number: int) -> None:
        self.number = number
        self.path = directory / segment_name(number)
        self.ack_path = self.path.with_suffix(".ack")
        self.acked = read_ack(self.ack_path)
        self.read = 0
        self.at_end = False
        self.foreign = False
        self.last_time = 0
        self.lines: Deque[Line] = deque()
        self.damaged: List[bytes] = []

    def read_on(self) -> None:
        """Reads the whole lines that came, some READ_BYTES of them at once."""
        self.at_end = True
        if self.foreign or os.stat(self.path).st_size <= self.read:
            return
        with open(self.path, "rb", buffering=0) as file:
            if self.read == 0 and not self._read_header(file.read(4096)):
                return
            data = self._chunk(file.fileno())
        for text in data.split(b"\n")[:-1]:  # behind the last line feed a line is being written, or was never finished
            start, self.read = self.read, self.read + len(text) + 1
            try:
                line = parse_line(self, start, text)
            except Damaged:
                self.damaged.append(text)
                continue
            self.last_time = line.time
            self.lines.append(line)

    def _chunk(self, fd: int) -> bytes:
        size = READ_BYTES
        while True:
            data = os.pread(fd, size, self.read)
            self.at_end = len(data) < size
            if self.at_end or b"\n" in data:
                return data
            size *= 4

    def _read_header(self, head: bytes) -> bool:
        head, feed, _ = head.partition(b"\n")
        if not feed:
            return False
        try:
            self.foreign = json.loads(head)["daybook_spool"] != 1
        except (ValueError, KeyError, TypeError):
            self.foreign = True
        self.read = max(len(head) + 1, self.acked)
        return not self.foreign

    def acknowledge(self) -> None:
        """Writes down what is delivered or rejected, so that the next sender begins behind it."""
        while self.lines and self.lines[0].settled:
            self.lines.popleft()
        done = self.lines[0].start if self.lines else self.read
        if done <= self.acked:
            return
        fd = os.open(self.ack_path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.pwrite(fd, b"%020d" % done, 0)
        finally:
            os.close(fd)
        self.acked = done

    def remove_if_done(self) -> bool:
        """Removes a segment of which everything is delivered and whose writer is gone. The position goes first: a
        later segment of the same number must not find it."""
        if self.foreign or self.lines or self.damaged or not self.at_end:
            return False
        fd = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.read_on()  # what the writer wrote last
            if self.lines or self.damaged or self.foreign or not self.at_end:
                return False
            self.ack_path.unlink(missing_ok=True)
            self.path.unlink()
        except BlockingIOError:
            return False
        finally:
            os.close(fd)
        return True


class Segments:
    """All segments of a folder, as the one sender of the folder sees them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.open: Dict[int, Segment] = {}
        self._ready: List[Line] = []

    def collect(self) -> None:
        """Makes ready whatever may be delivered now."""
        if self._ready:
            return
        self._find()
        for segment in self.open.values():
            if not segment.lines or segment.at_end:
                segment.read_on()
        high = max((s.last_time for s in self.open.values()), default=0)
        self._find()
        for segment in self.open.values():
            if segment.at_end or not segment.read:
                segment.read_on()
        high = min([high] + [s.last_time for s in self.open.values() if not s.at_end])
        self._ready = sorted(line for s in self.open.values() for line in s.lines if line.time <= high and not line.settled)

    def _find(self) -> None:
        for number in numbers_in(self.directory):
            if number not in self.open:
                self.open[number] = Segment(self.directory, number)

    def batch(self, most: int, most_bytes: int) -> List[Line]:
        """The next lines to deliver, at least one if there is any."""
        n, size = 0, 0
        for line in self._ready[:most]:
            size += len(line.record) + 1
            if n and size > most_bytes:
                break
            n += 1
        return self._ready[:n]

    def settle(self, lines: List[Line]) -> None:
        """Marks lines as delivered or rejected, and writes the positions down."""
        for line in lines:
            line.settled = True
        self._ready = [line for line in self._ready if not line.settled]
        for segment in {line.segment.number: line.segment for line in lines}.values():
            segment.acknowledge()

    def tidy(self) -> List[int]:
        """Removes the segments that are done with, and says which."""
        gone = [number for number, segment in list(self.open.items()) if segment.remove_if_done()]
        for number in gone:
            del self.open[number]
        return gone

    def damaged(self) -> Iterator[bytes]:
        """The lines whose checksum was wrong, each once: when the next is asked for, the last counts as settled."""
        for segment in self.open.values():
            while segment.damaged:
                yield segment.damaged[0]
                del segment.damaged[0]
                segment.acknowledge()

    def waiting(self) -> bool:
        """Says that there is something to deliver, now or once more is read."""
        return any(s.lines or s.damaged or not s.at_end for s in self.open.values())
