"""The reading side of the spool: whose record is delivered when, and what becomes of files that are not whole."""

from __future__ import annotations

import json
import os
import random
import unittest
from typing import Dict, List
from unittest import mock

from support import Case

from daybook import _segments
from daybook._segments import Segments
from daybook._spool import Writer, line_of

HEADER = b'{"daybook_spool": 1}\n'


class Read(Case):
    def setUp(self) -> None:
        super().setUp()
        self.spool.mkdir()
        self.segments = Segments(self.spool)

    def segment(self, number: int, *lines: bytes, header: bytes = HEADER) -> "os.PathLike[str]":
        path = self.spool / f"{number:016d}.seg"
        path.write_bytes(header + b"".join(lines))
        return path

    def take(self, most: int = 1000) -> List[bytes]:
        """What is delivered in one batch; None for a damaged line."""
        self.segments.collect()
        lines = self.segments.batch(most, 1 << 20)
        self.segments.settle(len(lines))
        return [line.record for line in lines]

    def take_all(self) -> List[bytes]:
        out: List[bytes] = []
        for _ in range(1000):
            records = self.take()
            if not records and not self.segments.collect():
                break
            out += records
        return out

    def ack(self, number: int) -> str:
        return (self.spool / f"{number:016d}.ack").read_text()


class Order(Read):
    def test_by_time_over_all_writers(self) -> None:
        self.segment(1, line_of(10, b"a"), line_of(30, b"c"), line_of(50, b"e"))
        self.segment(2, line_of(20, b"b"), line_of(30, b"d"), line_of(60, b"f"))
        self.assertEqual(self.take_all(), [b"a", b"b", b"c", b"d", b"e", b"f"])

    def test_a_time_that_falls_counts_as_the_one_before(self) -> None:
        self.segment(1, line_of(50, b"a"), line_of(10, b"b"))
        self.segment(2, line_of(40, b"c"))
        self.assertEqual(self.take_all(), [b"c", b"a", b"b"])

    def test_what_comes_between_the_passes_waits_or_goes_first(self) -> None:
        """A record that the first pass saw is not delivered before one that was written before it."""
        self.segment(2, line_of(30, b"operation"))
        find, calls = self.segments._find, []

        def written_meanwhile() -> list:
            calls.append(1)
            if len(calls) == 2:
                self.segment(1, line_of(20, b"session"), line_of(40, b"later"))
            return find()

        with mock.patch.object(self.segments, "_find", written_meanwhile):
            self.segments.collect()
        self.assertEqual(self.take(), [b"session", b"operation"])
        self.assertEqual(self.take_all(), [b"later"])

    def test_parts(self) -> None:
        """A folder that is read in parts gives the same order."""
        expected = []
        time, lines = 0, {number: [] for number in range(1, 5)}
        for n in range(400):
            time += random.Random(n).randrange(3)
            expected.append((time, random.Random(-n).randrange(1, 5), b"%d" % n))
            lines[expected[-1][1]].append(line_of(time, expected[-1][2]))
        for number, texts in lines.items():
            self.segment(number, *texts)
        with mock.patch.object(_segments, "READ_BYTES", 100):
            got = self.take_all()
        self.assertEqual(sorted(got, key=int), [record for _, _, record in expected])
        times = {record: time for time, _, record in expected}
        self.assertEqual([times[record] for record in got], sorted(times.values()))

    def test_random_writers(self) -> None:
        """Whatever the sender sees when: each writer's records come in its order, and none before one whose call had
        returned when its own began."""
        rng = random.Random(5)
        for _ in range(20):
            with self.subTest(), mock.patch.object(_segments, "READ_BYTES", rng.choice([64, 200, 1 << 20])):
                self.one_run(rng)

    def one_run(self, rng: random.Random) -> None:
        spool = self.folder / f"run{rng.random()}"
        writers = [Writer(spool, 1 << 20) for _ in range(3)]
        segments, written, got = Segments(spool), 0, []
        while written < 60 or len(got) < written:
            if written < 60 and rng.random() < 0.6:
                rng.choice(writers).append(b"%d" % written)
                written += 1
            else:
                segments.collect()
                lines = segments.batch(rng.choice([1, 3, 100]), 1 << 20)
                got += [int(line.record or b"") for line in lines]
                segments.settle(len(lines))
        for writer in writers:
            writer.close()
        self.assertEqual(got, list(range(60)))


class Damage(Read):
    def test_in_the_middle(self) -> None:
        good = [line_of(n * 10, b'{"n":%d}' % n) for n in range(1, 4)]
        for bad in (
            good[1].replace(b'"n"', b'"m"'), b"\n", b"half\n", good[1][:-1].upper() + b"\n", b"0" * 26 + b"{}\n",
            good[1][:20] + b"\n", b"\xff" * 40 + b"\n",
        ):  # fmt: skip
            with self.subTest(bad=bad):
                self.segments = Segments(self.spool)
                self.segment(1, good[0], bad, good[2])
                self.assertEqual(self.take_all(), [b'{"n":1}', None, b'{"n":3}'])
                (self.spool / "0000000000000001.ack").unlink()

    def test_a_torn_last_line_is_of_a_call_that_never_returned(self) -> None:
        path = self.segment(1, line_of(10, b"a"), line_of(20, b"b")[:-5])
        self.assertEqual(self.take_all(), [b"a"])
        self.assertTrue(path.exists())
        self.segments.tidy()
        self.assertEqual(self.files(), [])

    def test_a_line_that_is_being_written(self) -> None:
        line = line_of(20, b"b")
        path = self.segment(1, line_of(10, b"a"), line[:-5])
        self.assertEqual(self.take_all(), [b"a"])
        with open(path, "ab") as file:
            file.write(line[-5:])
        self.assertEqual(self.take_all(), [b"b"])

    def test_a_line_that_is_cut_and_written_anew(self) -> None:
        path = self.segment(1, line_of(10, b"a"), line_of(20, b"b" * 50)[:-5])
        self.assertEqual(self.take_all(), [b"a"])
        self.segment(1, line_of(10, b"a"), line_of(30, b"c"))
        self.assertEqual(self.take_all(), [b"c"])
        self.assertTrue(path.exists())

    def test_a_header_that_is_none(self) -> None:
        self.segment(1, line_of(10, b"a"), header=b"what is this\n")
        self.assertEqual(self.take_all(), [None, b"a"])

    def test_another_version(self) -> None:
        path = self.segment(1, line_of(10, b"a"), header=b'{"daybook_spool": 2}\n')
        self.segment(2, line_of(20, b"b"))
        self.assertEqual(self.take_all(), [b"b"])
        self.segments.tidy()
        self.assertTrue(path.exists())
        self.assertEqual([s["segment"] for s in self.segments.skipped()], ["0000000000000001"])

    def test_long_lines(self) -> None:
        long = b"x" * (3 << 20)
        self.segment(1, line_of(10, b"a"), line_of(20, long), line_of(30, b"c"))
        self.assertEqual(self.take_all(), [b"a", long, b"c"])


class Settle(Read):
    def test_the_position(self) -> None:
        lines = [line_of(n, b"%d" % n) for n in range(10)]
        self.segment(1, *lines)
        self.assertEqual(self.take(3), [b"0", b"1", b"2"])
        self.assertEqual(self.ack(1), f"{len(HEADER) + sum(map(len, lines[:3])):020d}")
        self.segments = Segments(self.spool)
        self.assertEqual(self.take_all(), [b"%d" % n for n in range(3, 10)])

    def test_a_lost_position_costs_sending_again(self) -> None:
        self.segment(1, line_of(1, b"a"))
        self.take_all()
        (self.spool / "0000000000000001.ack").write_bytes(b"nonsense")
        self.segments = Segments(self.spool)
        self.assertEqual(self.take_all(), [b"a"])

    def test_only_what_is_done_with_is_removed(self) -> None:
        writer = Writer(self.spool, 1 << 20)
        self.addCleanup(writer.close)
        writer.append(b"a")
        self.take_all()
        self.segments.tidy()
        self.assertEqual(len(self.files(".seg")), 1)  # its writer lives
        writer.append(b"b")
        writer.release()
        self.segments.tidy()
        self.assertEqual(len(self.files(".seg")), 1)  # something was written since
        self.assertEqual(self.take_all(), [b"b"])
        self.segments.tidy()
        self.assertEqual(self.files(), [])

    def test_an_empty_segment_of_a_writer_that_is_gone(self) -> None:
        (self.spool / "0000000000000001.seg").touch()
        self.assertEqual(self.take_all(), [])
        self.segments.tidy()
        self.assertEqual(self.files(), [])

    def test_a_position_of_no_segment(self) -> None:
        (self.spool / "0000000000000001.ack").write_bytes(b"%020d" % 5)
        (self.spool / "readme.txt").write_text("others' files are left alone")
        self.segments.collect()
        self.segments.tidy()
        self.assertEqual([path.name for path in self.files()], ["readme.txt"])

    def test_more_segments_than_files_may_be_open(self) -> None:
        import resource

        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        for number in range(1, 101):
            self.segment(number, line_of(number, b"%d" % number))
        resource.setrlimit(resource.RLIMIT_NOFILE, (40, before[1]))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, before)
        self.assertEqual(self.take_all(), [b"%d" % n for n in range(1, 101)])
        self.segments.tidy()
        self.assertEqual(self.files(), [])

    def test_bytes_of_a_batch(self) -> None:
        self.segment(1, *[line_of(n, b"x" * 400) for n in range(5)])
        self.segments.collect()
        self.assertEqual([len(self.segments.batch(10, most)) for most in (1, 401, 802, 803, 10_000)], [1, 1, 2, 2, 5])


class Json(unittest.TestCase):
    def test_header(self) -> None:
        good: Dict[bytes, bool] = {
            b'{"daybook_spool": 1}': True, json.dumps({"daybook_spool": 1, "x": [1]}).encode(): True,
            b'{"daybook_spool":1}': False, b'{"daybook_spool": 1': False, b"": False, b'{"x": 1, "daybook_spool": 1}': False,
        }  # fmt: skip
        for text, is_one in good.items():
            self.assertEqual(_segments.is_header(text), is_one, text)


if __name__ == "__main__":
    unittest.main()
