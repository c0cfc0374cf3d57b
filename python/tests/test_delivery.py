"""Delivery: what is sent, and what becomes of each answer."""

from __future__ import annotations

import base64
import json
import logging
import socket
import threading
import time
import unittest
from typing import Any, Dict, List, Optional
from unittest import mock

from support import PATIENCE, Case, Ledger, own_host, problem, refuse

from daybook import _courier, _sender
from daybook._config import settings
from daybook._courier import Courier, Failure
from daybook._spool import Writer


def record(n: int, **fields: Any) -> bytes:
    return json.dumps({"kind": "action_logs", "log_id": f"id-{n}", "n": n, **fields}).encode()


class Delivery(Case):
    def setUp(self) -> None:
        super().setUp()
        self.server = self.ledger()
        self.writer = Writer(self.spool, 1 << 30)
        self.addCleanup(self.writer.close)
        self.courier = self.new_courier()

    def new_courier(self, token: Optional[str] = None) -> Courier:
        courier = Courier(settings(self.server.url, token, self.spool))
        self.addCleanup(courier.close)
        return courier

    def write(self, n: int, **fields: Any) -> None:
        for i in range(n):
            self.writer.append(record(i, **fields))

    def deliver_all(self) -> int:
        """Delivers until nothing waits, and says how often it failed on the way."""
        failures = 0
        for _ in range(1000):
            try:
                if not self.courier.deliver():
                    return failures
            except Failure:
                failures += 1
        raise AssertionError("it never ends")

    def numbers(self) -> List[int]:
        return [entry["n"] for entry in self.server.entries]

    def rejects(self) -> List[Dict[str, Any]]:
        return [json.loads(line) for path in self.files("rejects.ndjson") for line in path.read_text(encoding="utf-8").splitlines()]


class Sent(Delivery):
    def test_a_batch(self) -> None:
        self.courier = self.new_courier(token="dbk_secret")
        self.write(3, text="né")
        self.assertEqual(self.deliver_all(), 0)
        (call,) = self.server.calls
        self.assertEqual(call["path"], "/v1/entries?on_invalid=skip")
        self.assertEqual(call["Authorization"], "Bearer dbk_secret")
        self.assertEqual(call["Content-Type"], "application/x-ndjson")
        self.assertNotIn("Content-Encoding", call)
        self.assertEqual(self.server.entries[0], {"kind": "action_logs", "log_id": "id-0", "n": 0, "text": "né"})

    def test_many(self) -> None:
        self.courier._zips = True  # as for a server elsewhere
        self.write(2500)
        self.assertEqual(self.deliver_all(), 0)
        self.assertEqual(self.numbers(), list(range(2500)))
        self.assertEqual([len(batch) for batch in self.server.batches], [1000, 1000, 500])
        self.assertEqual({call["Content-Encoding"] for call in self.server.calls}, {"gzip"})

    def test_large_ones(self) -> None:
        self.write(4, text="x" * (400 << 10))
        self.writer.append(record(4, text="x" * (3 << 20)))
        self.assertEqual(self.deliver_all(), 0)
        self.assertEqual([len(batch) for batch in self.server.batches], [2, 2, 1])

    def test_one_connection_for_all(self) -> None:
        with mock.patch.object(self.courier._connection, "_connect", wraps=self.courier._connection._connect) as connect:
            for n in range(5):
                self.writer.append(record(n))
                self.deliver_all()
        self.assertEqual(connect.call_count, 1)

    def test_a_proxy(self) -> None:
        proxy = self.ledger()
        self.write(1)
        with mock.patch.dict("os.environ", {"http_proxy": proxy.url, "no_proxy": ""}):
            courier = Courier(settings("http://daybook.example:7777", None, self.spool))
            self.addCleanup(courier.close)
            self.assertTrue(courier.deliver())
        self.assertEqual(proxy.calls[0]["path"], "http://daybook.example:7777/v1/entries?on_invalid=skip")
        self.assertEqual(proxy.calls[0]["Host"], "daybook.example:7777")


class Refused(Delivery):
    def test_a_record_holds_nobody_up(self) -> None:
        self.server.verdict = lambda r: problem(422, "invalid", path="/n", hint="not 1") if r["n"] == 1 else None
        self.write(3)
        self.assertEqual(self.deliver_all(), 0)
        self.assertEqual(self.numbers(), [0, 2])
        (reject,) = self.rejects()
        self.assertEqual(reject["problem"], problem(422, "invalid", path="/n", hint="not 1"))
        self.assertEqual(reject["record"], json.loads(record(1)))
        (segment,) = self.files(".seg")
        self.assertEqual(reject["segment"], segment.stem)
        line = segment.read_bytes()[reject["offset"] :].partition(b"\n")[0]
        self.assertEqual(line[26:], record(1))
        self.assertEqual((self.spool / "rejects.ndjson").stat().st_mode & 0o777, 0o600)

    def test_statuses_of_a_refusal(self) -> None:
        for status in (400, 403, 404, 409, 413, 422):
            self.server.verdict = lambda r, status=status: problem(status, "no")
            self.write(1)
            self.assertEqual(self.deliver_all(), 0, status)
        self.assertEqual(len(self.rejects()), 6)

    def test_what_cannot_be_written_just_now_is_sent_again_in_order(self) -> None:
        for status in (401, 408, 429, 500, 503):
            with self.subTest(status):
                self.server.entries.clear()
                refused = [problem(status, "unavailable")]
                self.server.verdict = lambda r: refused.pop() if refused and r["n"] == 2 else None
                self.write(5)
                self.assertEqual(self.deliver_all(), 1)
                self.assertEqual(sorted(self.numbers()), [0, 1, 2, 3, 4])
                self.assertEqual(self.server.batches[-1], ["id-2", "id-3", "id-4"])
        self.assertEqual(self.rejects(), [])

    def test_a_batch_that_is_at_fault_is_halved(self) -> None:
        def too_large(records: List[Dict[str, Any]]) -> Any:
            self.server.tricks.insert(0, too_large)
            return refuse(413, "too_large") if any(r["n"] == 6 for r in records) else None

        self.server.tricks = [too_large]
        self.write(10)
        self.assertEqual(self.deliver_all(), 0)
        self.assertEqual(self.numbers(), [n for n in range(10) if n != 6])
        self.assertEqual([reject["record"]["n"] for reject in self.rejects()], [6])

    def test_a_record_that_is_no_json(self) -> None:
        def malformed(records: List[Dict[str, Any]]) -> Any:
            self.server.tricks.insert(0, malformed)
            return refuse(400, "malformed") if any("malformed" in r for r in records) else None

        self.server.tricks = [malformed]
        self.writer.append(record(0))
        self.writer.append(b'{"log_id": "id-1", ')
        self.writer.append(record(2))
        self.assertEqual(self.deliver_all(), 0)
        self.assertEqual(self.numbers(), [0, 2])
        (reject,) = self.rejects()
        self.assertNotIn("record", reject)
        self.assertTrue(base64.b64decode(reject["line"]).endswith(b'{"log_id": "id-1", '))

    def test_a_damaged_line(self) -> None:
        self.write(1)
        with open(self.files(".seg")[0], "ab") as file:
            file.write(b"00000000 damaged\n")
        self.write(1)
        self.assertEqual(self.deliver_all(), 0)
        (reject,) = self.rejects()
        self.assertEqual(reject["problem"]["code"], "damaged")
        self.assertEqual(base64.b64decode(reject["line"]), b"00000000 damaged")

    def test_half_a_reject_is_cut_away(self) -> None:
        self.spool.mkdir()
        for left in (b'{"whole": 1}\n{"ha', b'{"ha', b"x" * 200_000, b'{"whole": 1}\n' + b"x" * 200_000):
            (self.spool / "rejects.ndjson").write_bytes(left)
            self.server.verdict = lambda r: problem(422, "invalid")
            self.write(1)
            self.assertEqual(self.deliver_all(), 0)
            whole = [r for r in self.rejects() if "whole" in r]
            self.assertEqual((len(whole), len(self.rejects())), (left.count(b"\n"), left.count(b"\n") + 1))


class Failed(Delivery):
    def failing(self, *tricks: Any) -> None:
        """Whatever the server makes of it, everything arrives once and in order."""
        self.server.tricks = list(tricks)
        self.server.entries.clear()
        self.write(3)
        self.assertEqual(self.deliver_all(), len(tricks))
        self.assertEqual(self.numbers(), [0, 1, 2])
        self.assertEqual(self.rejects(), [])

    def test_statuses(self) -> None:
        for status in (301, 302, 307, 401, 403, 404, 405, 408, 415, 429, 500, 502, 503, 504):
            with self.subTest(status):
                self.failing(lambda r, status=status: refuse(status, "no", {"Location": "http://127.0.0.1:9/"}))

    def test_a_proxys_own_400(self) -> None:
        self.failing(lambda r: (400, {"Content-Type": "text/html"}, b"<h1>Bad Request</h1>"))

    def test_a_lost_answer(self) -> None:
        def lost(records: List[Dict[str, Any]]) -> Any:
            self.server.record(records)
            return 0, {}, b""

        self.failing(lost)

    def test_strange_answers(self) -> None:
        for answer in (
            b"", b"<html>", b"[]", b"{}", b'{"receipts": 3}', b'{"receipts": []}', b'{"receipts": [{}, {}, {}]}',
            b'{"receipts": [{"log_id": "id-0"}, {"log_id": "id-2"}, {"log_id": "id-1"}]}',
            b'{"receipts": [{"log_id": "id-0"}, {"log_id": "id-1"}], "rejected": [{"index": 7, "problem": {}}]}',
            b'{"receipts": [{"log_id": "id-0"}], "rejected": [{"index": 1, "problem": {}}, {"index": 1, "problem": {}}]}',
            b'{"receipts": [{"log_id": "id-0"}, {"log_id": "id-1"}], "rejected": [{"index": 2, "problem": 5}]}',
            b'{"receipts": [{"log_id": 5}, {"log_id": "id-1"}, {"log_id": "id-2"}]}', b"[" * 100_000,
        ):  # fmt: skip
            with self.subTest(answer[:80]):
                self.failing(lambda r, answer=answer: (201, {"Content-Type": "application/json"}, answer))

    def test_batches_after_lost_answers_are_small_and_grow(self) -> None:
        self.server.tricks = [lambda r: (0, {}, b"")] * 5
        self.write(100)
        self.assertEqual(self.deliver_all(), 5)
        self.assertEqual([len(batch) for batch in self.server.batches[4:]], [8, 8, 16, 32, 44])

    def test_nobody_there(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            courier = Courier(settings(f"http://127.0.0.1:{taken.getsockname()[1]}", None, self.spool))
            self.write(1)
            with self.assertRaisesRegex(Failure, "cannot be reached"):
                courier.deliver()

    def test_a_server_that_never_ends_its_answer(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            done = threading.Event()

            def trickle() -> None:
                connection, _ = listener.accept()
                with connection:
                    connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 1000000\r\n\r\n")
                    while not done.wait(0.02):
                        try:
                            connection.sendall(b" ")
                        except OSError:
                            return

            thread = threading.Thread(target=trickle)
            thread.start()
            courier = Courier(settings(f"http://127.0.0.1:{listener.getsockname()[1]}", None, self.spool, timeout=0.3))
            self.write(1)
            try:
                with self.assertRaises(Failure):
                    courier.deliver()
            finally:
                done.set()
                thread.join(PATIENCE)

    def test_rejects_that_cannot_be_written(self) -> None:
        (self.spool / "rejects.ndjson").mkdir(parents=True)
        self.server.verdict = lambda r: problem(422, "invalid")
        self.write(1)
        with self.assertRaisesRegex(Failure, "spool"):
            self.courier.deliver()
        (self.spool / "rejects.ndjson").rmdir()
        self.assertEqual(self.deliver_all(), 0)
        self.assertEqual(len(self.rejects()), 1)


class Loopback(unittest.TestCase):
    def test_what_it_is(self) -> None:
        for url in ("http://127.0.0.1:7777", "http://localhost", "https://[::1]:7777/x", "http://127.8.8.8"):
            self.assertTrue(_courier._is_loopback(url), url)
        for url in ("http://ledger:7777", "https://10.0.0.1", "https://[2001:db8::1]"):
            self.assertFalse(_courier._is_loopback(url), url)


class Pause(unittest.TestCase):
    def test_it_doubles_up_to_a_bound(self) -> None:
        for failures, most in ((1, 0.05), (2, 0.1), (5, 0.8), (11, 30.0), (5000, 30.0)):
            pauses = [_courier.pause_after(failures, Failure("")) for _ in range(100)]
            self.assertTrue(most / 2 <= min(pauses) <= max(pauses) <= most, failures)
            self.assertGreater(len(set(pauses)), 50)

    def test_retry_after(self) -> None:
        self.assertEqual(_courier.pause_after(1, Failure("", 7.0)), 7.0)
        self.assertEqual(_courier.pause_after(1, Failure("", 1e9)), 300.0)
        self.assertEqual([_courier._seconds(s) for s in ("7", "0", "x", "-1", "Wed, 21 Oct 2026 07:28:00 GMT", None)], [7, 0, 0, 0, 0, 0])


class Thread(Case):
    """The whole way: recorder, thread, server."""

    def log(self, recorder: Any, n: int) -> str:
        return recorder.record("action_logs", {"agent_position": "CFO", "action_target": str(n)}).log_id

    def test_in_the_background_and_in_order(self) -> None:
        server = self.ledger()
        recorder = self.recorder(server.url)
        ids = [self.log(recorder, n) for n in range(300)]
        self.assertEqual([entry["log_id"] for entry in server.wait_for(300)], ids)

    def test_flush_and_close_leave_nothing(self) -> None:
        server = self.ledger()
        recorder = self.recorder(server.url)
        self.log(recorder, 1)
        self.assertTrue(recorder.flush(PATIENCE))
        self.assertEqual(len(server.entries), 1)
        self.assertTrue(recorder.close(PATIENCE))
        self.assertEqual([path.name for path in self.files()], ["sender.json", "sender.lock"])
        self.assertFalse(any(thread.name == "daybook-sender" for thread in threading.enumerate()))

    def test_the_end_of_a_program_waits_for_no_server_that_was_long_away(self) -> None:
        """Not even for the pause until the next attempt, which is long by then."""
        recorder = self.recorder("http://127.0.0.1:9", exit_timeout=4 * PATIENCE)
        self.log(recorder, 1)
        self.assertFalse(recorder.flush(0.2))
        recorder._sender._failures = 20
        began = time.monotonic()
        self.assertFalse(recorder.close())
        self.assertLess(time.monotonic() - began, 2 * PATIENCE)

    def test_flush_in_vain(self) -> None:
        recorder = self.recorder("http://127.0.0.1:9")
        self.log(recorder, 1)
        with self.assertLogs("daybook", logging.WARNING):
            _courier._warned.clear()
            self.assertFalse(recorder.flush(0.3))

    def test_server_away_and_back(self) -> None:
        host = own_host()
        first = self.ledger(host=host)
        port = first.server_address[1]
        recorder = self.recorder(first.url)
        ids = [self.log(recorder, n) for n in range(10)]
        self.assertTrue(recorder.flush(PATIENCE))
        first.stop()
        ids += [self.log(recorder, n) for n in range(10)]
        self.assertFalse(recorder.flush(0.2))
        second = self.ledger(port, host)
        second.entries.extend(first.entries)
        ids += [self.log(recorder, n) for n in range(10)]
        self.assertTrue(recorder.flush(PATIENCE))
        self.assertEqual([entry["log_id"] for entry in second.entries], ids)

    def test_what_another_process_left(self) -> None:
        server = self.ledger()
        left = self.recorder("http://127.0.0.1:9")
        first = self.log(left, 1)
        left.close(0)
        second = self.log(self.recorder(server.url), 2)
        self.assertEqual([entry["log_id"] for entry in server.wait_for(2)], [first, second])

    def test_one_sender_at_a_time(self) -> None:
        server = self.ledger()
        first, second = self.recorder(server.url), self.recorder(server.url)
        ids = [self.log(recorder, n) for n in range(50) for recorder in (first, second)]
        self.assertTrue(first.flush(PATIENCE) and second.flush(PATIENCE))
        self.assertEqual([entry["log_id"] for entry in server.entries], ids)
        self.assertEqual(sum(len(batch) for batch in server.batches), 100)

    def test_a_sender_that_waits_long_lets_others_try(self) -> None:
        server = self.ledger()
        server.tricks = [lambda r: refuse(503, "unavailable", {"Retry-After": "100"})]
        first = self.recorder(server.url)
        ids = [self.log(first, 1)]
        server.wait_for_calls(1)
        second = self.recorder(server.url)
        ids.append(self.log(second, 2))
        self.assertEqual([entry["log_id"] for entry in server.wait_for(2)], ids)

    def test_sender_json(self) -> None:
        server = self.ledger()
        server.tricks = [lambda r: refuse(401, "unauthorized")]
        recorder = self.recorder(server.url, token="dbk_secret")
        states: List[Dict[str, Any]] = []
        replace = _sender.replace

        def seen(path: str, data: bytes) -> None:
            states.append(json.loads(data))
            replace(path, data)

        with mock.patch.object(_sender, "replace", seen):
            self.log(recorder, 1)
            self.assertTrue(recorder.close(PATIENCE))
        self.assertEqual([(s["state"], s["failures"]) for s in states], [("delivering", 0), ("waiting", 1), ("delivering", 0)])
        self.assertIn("401", states[1]["error"])
        self.assertLessEqual({"pid", "host", "program", "at", "next_attempt"}, set(states[1]))
        self.assertNotIn("secret", json.dumps(states))

    def test_warnings_come_seldom_and_tell_no_contents(self) -> None:
        server = self.ledger()
        server.verdict = lambda r: problem(422, "invalid", path="/action_target")
        recorder = self.recorder(server.url)
        _courier._warned.clear()
        with self.assertLogs("daybook", logging.WARNING) as logs:
            for _ in range(5):
                recorder.record("action_logs", {"agent_position": "CFO", "action_target": "contents"})
                self.assertTrue(recorder.flush(PATIENCE))
        self.assertEqual(len(logs.output), 1)
        self.assertNotIn("contents", logs.output[0])


def _quiet() -> None:
    logging.getLogger("daybook").addHandler(logging.NullHandler())
    logging.getLogger("daybook").propagate = False


_quiet()

if __name__ == "__main__":
    unittest.main()
