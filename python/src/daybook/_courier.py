"""One delivery: a batch of records to the server, and what to make of its answer."""

from __future__ import annotations

import gzip
import json
import logging
import os
import random
import time
from typing import Any, Dict, List, Optional

from ._config import Settings
from ._ids import now_text
from ._segments import Line, Segments

MAX_BATCH = 1000
MAX_BATCH_BYTES = 1 << 20
SHORTEST_WAIT = 0.05
LONGEST_WAIT = 30.0
MIN_ZIPPED = 1 << 10

logger = logging.getLogger("daybook")


class Away(Exception):
    """The server took nothing, for a reason that has nothing to do with the records."""

    def __init__(self, reason: str, after: float = 0.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after


class Courier:
    """Delivers the records of a folder, for as long as it is the folder's only one."""

    def __init__(self, settings: Settings) -> None:
        from ._http import Connection  # late: it imports much, and a program that only records needs none of it

        self.segments = Segments(settings.directory)
        self.failures = 0
        self._connection = Connection(settings)
        self._rejects = settings.directory / "rejects.ndjson"
        self._most = MAX_BATCH
        self._said = 0.0

    def deliver(self) -> bool:
        """Delivers one batch. False where there is nothing to deliver; Away where nobody takes it."""
        self.segments.collect()
        for text in self.segments.damaged():
            self._reject(text.decode("utf-8", "replace"), {"code": "damaged", "detail": "the line's checksum is wrong"})
        lines = self.segments.batch(self._most, MAX_BATCH_BYTES)
        if not lines:
            return self.segments.waiting()
        self._send(lines)
        self.failures = 0
        self._most = min(MAX_BATCH, self._most * 2)
        return True

    def _send(self, lines: List[Line]) -> None:
        body = b"\n".join([line.record for line in lines]) + b"\n"
        headers = {"Content-Type": "application/x-ndjson"}
        if len(body) >= MIN_ZIPPED:
            body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
        try:
            answer = self._connection.post("/v1/entries?on_invalid=skip", body, headers)
        except Exception as error:  # whatever the network, TLS or a proxy has to say
            raise Away(f"{type(error).__name__}: {error}") from error
        if answer.status == 201:
            return self._settle(lines, _json_of(answer.body))
        problem = _json_of(answer.body)
        if answer.status == 413 or (answer.status in (400, 422) and problem.get("code") in ("malformed", "too_large", "invalid")):
            return self._halve(lines, problem or {"status": answer.status, "code": "too_large"})
        said = problem.get("detail") or "no reason given"
        raise Away(f"the server answered {answer.status}: {said}", _seconds(answer.headers.get("Retry-After")))

    def _settle(self, lines: List[Line], answer: Dict[str, Any]) -> None:
        """Takes what the server said of each record. What it could not write just now stays, to be sent again."""
        receipts, rejected = answer.get("receipts"), answer.get("rejected", [])
        if not isinstance(receipts, list) or not isinstance(rejected, list) or len(receipts) + len(rejected) != len(lines):
            raise Away("what answers there is no Daybook server")
        again = set()
        for item in rejected:
            index, problem = item["index"], item["problem"]
            if _is_refusal(problem):
                self._reject(lines[index].record.decode("utf-8", "replace"), problem)
            else:
                again.add(index)
        self.segments.settle([line for i, line in enumerate(lines) if i not in again])
        if again:
            raise Away("the server could not write all of a batch")

    def _halve(self, lines: List[Line], problem: Dict[str, Any]) -> None:
        """A batch that is refused as a whole is sent in smaller parts, until the record that is at fault is alone."""
        if len(lines) == 1:
            self._reject(lines[0].record.decode("utf-8", "replace"), problem)
            self.segments.settle(lines)
        else:
            self._most = max(1, len(lines) // 2)

    def _reject(self, record: str, problem: Dict[str, Any]) -> None:
        """Puts a record aside with the reason, in one write."""
        text = json.dumps({"time": now_text(), "problem": problem, "record": _record_or_text(record)}, ensure_ascii=False)
        fd = os.open(self._rejects, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(fd, text.encode("utf-8", "replace") + b"\n")
        finally:
            os.close(fd)
        self._warn("the server refused a record (%s, %s); it is in %s", problem.get("code"), problem.get("path", ""), self._rejects)

    def pause(self, away: Away) -> float:
        """How long to wait before the next attempt, in seconds."""
        self.failures += 1
        wait = min(LONGEST_WAIT, SHORTEST_WAIT * 2 ** min(self.failures - 1, 20))
        self._warn("records wait in %s: %s", self.segments.directory, away.reason)
        return max(away.after, random.uniform(wait / 2, wait))

    def _warn(self, text: str, *values: object) -> None:
        """Warns at most once a minute, and never with what a record holds."""
        now = time.monotonic()
        if not self._said or now - self._said > 60:
            self._said = now
            logger.warning(text, *values)

    def close(self) -> None:
        self._connection.close()


def _is_refusal(problem: Dict[str, Any]) -> bool:
    status = problem.get("status", 422)
    return 400 <= status < 500 and status not in (401, 408, 429)


def _json_of(body: bytes) -> Dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _record_or_text(record: str) -> Any:
    try:
        return json.loads(record)
    except ValueError:
        return record


def _seconds(retry_after: Optional[str]) -> float:
    """Retry-After in seconds; a date, which our server never gives, counts as none."""
    try:
        return min(float(retry_after or 0), 3600.0)
    except ValueError:
        return 0.0
