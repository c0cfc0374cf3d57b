"""The writing side of the spool: what stands in the files, and what becomes of a write that fails."""

from __future__ import annotations

import errno
import json
import os
import re
import threading
import unittest
import zlib
from unittest import mock

from support import Case

import daybook
from daybook import _files, _spool
from daybook._segments import Segments
from daybook._spool import Writer

LINE = re.compile(rb"([0-9a-f]{8}) ([0-9]{16}) (\{.*\})\Z")


def parse(data: bytes) -> list:
    """The times and records of a segment, each line held against the format."""
    *lines, rest = data.split(b"\n")
    assert rest == b"", rest
    header = json.loads(lines.pop(0))
    assert header["daybook_spool"] == 1, header
    out = []
    for line in lines:
        found = LINE.match(line)
        assert found is not None, line
        assert int(found[1], 16) == zlib.crc32(line[9:]), line
        out.append((int(found[2]), found[3]))
    return out


class Write(Case):
    def writer(self, **options: object) -> Writer:
        writer = Writer(self.spool, options.pop("max_bytes", 1 << 30), **options)
        self.addCleanup(writer.close)
        return writer

    def test_format(self) -> None:
        writer = self.writer(server="http://127.0.0.1:7777")
        for n in range(100):
            writer.append(b'{"n":%d}' % n)
        (segment,) = self.files(".seg")
        data = segment.read_bytes()
        lines = parse(data)
        self.assertEqual([record for _, record in lines], [b'{"n":%d}' % n for n in range(100)])
        times = [time for time, _ in lines]
        self.assertEqual(times, sorted(set(times)))
        header = json.loads(data.partition(b"\n")[0])
        self.assertEqual(header["pid"], os.getpid())
        self.assertEqual(header["server"], "http://127.0.0.1:7777")
        self.assertLessEqual({"writer", "host", "program", "started_at"}, set(header))
        self.assertEqual(segment.stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.spool.stat().st_mode & 0o777, 0o700)
        self.assertRegex(segment.name, r"\A[0-9]{16}\.seg\Z")

    def test_example_of_the_format(self) -> None:
        line = b'416c46a1 1769850000000123 {"kind": "transformation_session", "log_id": "0198e0a4-5c00-7001-8000-000000000001", "id": "0198e0a4-5c00-7002-8000-000000000002", "agent_id": "na\xc3\xafve_agent", "source_tables": ["bronze.wasde_cell"], "started_at": "2026-01-31T09:00:00.000000Z"}\n'
        self.assertEqual(_spool.line_of(1769850000000123, line[26:-1]), line)

    def test_times_grow_when_the_clock_does_not(self) -> None:
        writer = self.writer()
        with mock.patch("time.time_ns", side_effect=[5_000_000_000, 5_000_000_000, 4_000_000_000, 4_000_000_000, 9_000_000_000]):
            for _ in range(4):
                writer.append(b"{}")
        self.assertEqual([time for time, _ in parse(self.files(".seg")[0].read_bytes())], [5_000_000, 5_000_001, 5_000_002, 9_000_000])

    def test_each_writer_has_segments_of_its_own(self) -> None:
        first, second = self.writer(), self.writer()
        for n in range(3):
            first.append(b"{}")
            second.append(b"{}")
        self.assertEqual([len(parse(path.read_bytes())) for path in self.files(".seg")], [3, 3])

    def test_numbers_are_never_given_twice(self) -> None:
        self.spool.mkdir()
        (self.spool / "9999999999999997.ack").write_bytes(b"0" * 20)
        self.writer().append(b"{}")
        self.assertEqual([path.name for path in self.files(".seg")], ["9999999999999998.seg"])

    def test_a_new_segment_before_the_bound(self) -> None:
        writer = self.writer()
        with mock.patch.object(_spool, "SEGMENT_BYTES", 1000):
            for _ in range(20):
                writer.append(b"{" + b" " * 300 + b"}")
            writer.append(b"{" + b" " * 3000 + b"}")
            writer.append(b"{}")
        counts = [len(parse(path.read_bytes())) for path in self.files(".seg")]
        self.assertEqual(sum(counts), 22)
        self.assertEqual(counts[-2:], [1, 1])
        self.assertTrue(all(path.stat().st_size <= 1000 for path in self.files(".seg")[:-2]))
        self.assertEqual(len(writer.marks()), len(counts))

    def test_segments_of_a_living_writer_are_locked(self) -> None:
        writer = self.writer()
        writer.append(b"{}")
        fd = os.open(self.files(".seg")[0], os.O_RDONLY)
        self.addCleanup(os.close, fd)
        self.assertFalse(_files.flock(fd, wait=False))
        writer.release()
        self.assertTrue(_files.flock(fd, wait=False))

    def test_a_segment_taken_away_before_it_was_locked(self) -> None:
        flock, taken = _files.flock, []

        def slow(fd: int, wait: bool = True) -> bool:
            if not taken:
                taken.extend(self.files(".seg"))
                taken[0].unlink()
            return flock(fd, wait)

        with mock.patch.object(_spool, "flock", slow):
            self.writer().append(b"{}")
        self.assertEqual(len(taken), 1)
        (segment,) = self.files(".seg")
        self.assertNotEqual(segment, taken[0])
        self.assertEqual(len(parse(segment.read_bytes())), 1)

    def test_another_version_is_left_alone(self) -> None:
        self.spool.mkdir()
        (self.spool / "0000000000000001.seg").write_bytes(b'{"daybook_spool": 2, "writer": "x"}\n')
        with self.assertRaisesRegex(daybook.LoggingError, "version 2") as raised:
            self.writer().append(b"{}")
        self.assertEqual(raised.exception.code, "unsupported")
        self.assertEqual(len(self.files()), 1)

    def test_threads(self) -> None:
        writer = self.writer()

        def write(name: int) -> None:
            for n in range(200):
                writer.append(b'{"t":%d,"n":%d}' % (name, n))

        threads = [threading.Thread(target=write, args=(name,)) for name in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        lines = [json.loads(record) for path in self.files(".seg") for _, record in parse(path.read_bytes())]
        for name in range(8):
            self.assertEqual([line["n"] for line in lines if line["t"] == name], list(range(200)))

    def test_too_large(self) -> None:
        with self.assertRaises(daybook.LoggingError) as raised:
            self.writer().append(b" " * (_spool.MAX_RECORD_BYTES + 1))
        self.assertEqual(raised.exception.code, "too_large")
        self.assertEqual(self.files(), [])

    def test_closed(self) -> None:
        writer = self.writer()
        writer.close()
        with self.assertRaisesRegex(daybook.LoggingError, "closed"):
            writer.append(b"{}")


class Full(Case):
    def test_the_bound_is_the_callers_error(self) -> None:
        writer = Writer(self.spool, 5000)
        self.addCleanup(writer.close)
        written = 0
        with self.assertRaises(daybook.SpoolFullError) as raised:
            for written in range(1000):
                writer.append(b"{" + b" " * 100 + b"}")
        for part in ("5000", str(self.spool), "daybook spool status"):
            self.assertIn(part, str(raised.exception))
        (segment,) = self.files(".seg")
        self.assertEqual(len(parse(segment.read_bytes())), written)
        self.assertLessEqual(segment.stat().st_size, 5000)
        segment.with_suffix(".ack").write_bytes(b"%020d" % segment.stat().st_size)
        writer.append(b"{}")  # what is delivered makes room

    def test_rejects_count(self) -> None:
        self.spool.mkdir()
        (self.spool / "rejects.ndjson").write_bytes(b"x" * 4999)
        writer = Writer(self.spool, 5000)
        with self.assertRaises(daybook.SpoolFullError):
            writer.append(b"{}")
        self.assertEqual(self.files(".seg"), [])

    def test_a_full_disk_leaves_no_half_line(self) -> None:
        writer, write = Writer(self.spool, 1 << 20), os.write
        self.addCleanup(writer.close)
        writer.append(b'{"n":1}')

        def short(fd: int, data: bytes) -> int:
            return write(fd, data[:10])

        for failing in (short, OSError(errno.ENOSPC, "No space left on device")):
            with mock.patch("os.write", side_effect=failing), self.assertRaises(daybook.LoggingError) as raised:
                writer.append(b'{"n":2}')
            self.assertEqual(raised.exception.code, "storage")
            self.assertIn("free space", str(raised.exception))
        writer.append(b'{"n":3}')
        self.assertEqual([record for path in self.files(".seg") for _, record in parse(path.read_bytes())], [b'{"n":1}', b'{"n":3}'])

    def test_a_full_disk_lets_go_of_the_segment_for_room(self) -> None:
        writer, no_room = Writer(self.spool, 1 << 20), OSError(errno.ENOSPC, "No space left on device")
        self.addCleanup(writer.close)
        writer.append(b'{"n":1}')
        segments = Segments(self.spool)
        with mock.patch("os.write", side_effect=no_room), self.assertRaises(daybook.LoggingError):
            writer.append(b'{"n":2}')
        with mock.patch("os.pwrite", side_effect=no_room):
            segments.collect()
            segments.settle(len(segments.batch(10, 1 << 20)))
            self.assertFalse(segments.collect())
        segments.tidy()
        self.assertEqual(self.files(), [])

    def test_a_position_that_found_no_room_is_written_later(self) -> None:
        writer = Writer(self.spool, 1 << 20)
        self.addCleanup(writer.close)
        writer.append(b'{"n":1}')
        segments = Segments(self.spool)
        segments.collect()
        with mock.patch("os.pwrite", side_effect=OSError(errno.ENOSPC, "No space left on device")):
            segments.settle(1)
            segments.tidy()
        segments.tidy()
        self.assertEqual(int(self.files(".ack")[0].read_bytes()), self.files(".seg")[0].stat().st_size)

    def test_a_half_line_that_cannot_be_cut_ends_the_segment(self) -> None:
        writer, write = Writer(self.spool, 1 << 20), os.write
        self.addCleanup(writer.close)
        writer.append(b'{"n":1}')
        with mock.patch("os.write", side_effect=lambda fd, data: write(fd, data[:10])), mock.patch("os.ftruncate", side_effect=OSError(errno.EIO, "I/O error")):
            with self.assertRaises(daybook.LoggingError):
                writer.append(b'{"n":2}')
        writer.append(b'{"n":3}')
        first, second = self.files(".seg")
        self.assertEqual([record for _, record in parse(second.read_bytes())], [b'{"n":3}'])
        self.assertFalse(first.read_bytes().endswith(b"\n"))

    def test_a_header_that_does_not_fit_leaves_nothing(self) -> None:
        writer, write = Writer(self.spool, 1 << 20), os.write
        with mock.patch("os.write", side_effect=lambda fd, data: write(fd, data[:10])), self.assertRaises(daybook.LoggingError):
            writer.append(b"{}")
        self.assertEqual(self.files(), [])

    @unittest.skipIf(os.geteuid() == 0, "root may write anywhere")
    def test_a_folder_that_cannot_be_written(self) -> None:
        self.spool.mkdir(mode=0o500)
        with self.assertRaises(daybook.LoggingError) as raised:
            Writer(self.spool, 1 << 20).append(b"{}")
        self.assertIn("DAYBOOK_SPOOL", str(raised.exception))

    def test_a_file_in_place_of_the_folder(self) -> None:
        self.spool.write_text("a file")
        with self.assertRaises(daybook.LoggingError) as raised:
            Writer(self.spool, 1 << 20).append(b"{}")
        self.assertEqual(raised.exception.code, "storage")


class Position(Case):
    def test_what_is_no_position(self) -> None:
        self.spool.mkdir()
        segment = self.spool / "0000000000000001.seg"
        segment.write_bytes(b"0123\n5678\n")
        ack = segment.with_suffix(".ack")
        for text, position in {
            b"00000000000000000005": 5, b"00000000000000000010": 10, b"00000000000000000004": 0, b"00000000000000000011": 0,
            b"0000000000000000005": 0, b"00000000000000000005\n": 0, b"-0000000000000000005": 0, b"": 0, b"00000000000000000000": 0,
        }.items():  # fmt: skip
            ack.write_bytes(text)
            self.assertEqual(_files.read_ack(str(segment)), position, text)
        ack.unlink()
        self.assertEqual(_files.read_ack(str(segment)), 0)


if __name__ == "__main__":
    unittest.main()
