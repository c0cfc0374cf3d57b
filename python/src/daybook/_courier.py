"""One delivery: a batch of records to the server, and what to make of its answer."""

from __future__ import annotations

import gzip
import json
import logging
import random
import time
from typing import Any, Dict, List, Optional, Tuple
from urllib.parse import urlsplit

from ._config import Settings
from ._http import Answer, Connection
from ._rejects import append_rejects
from ._segments import Line, Segments

MAX_BATCH, LEAST_BATCH = 1000, 8
MAX_BATCH_BYTES = 1 << 20
MIN_ZIPPED = 1 << 10
SHORTEST_WAIT, LONGEST_WAIT, LONGEST_ASKED = 0.05, 30.0, 300.0
REFUSALS = {400, 403, 404, 409, 413, 422}
_PATH = "/v1/entries?on_invalid=skip"

logger = logging.getLogger("daybook")
logger.addHandler(logging.NullHandler())  # or Python would print warnings of programs that set no logging up
_warned: Dict[str, float] = {}


class Failure(Exception):
    """The server took nothing, or not all, and is to be asked again after a pause."""

    def __init__(self, reason: str, after: float = 0.0) -> None:
        super().__init__(reason)
        self.after = after  # the server asks to wait so many seconds


class Courier:
    """Delivers the records of a folder, while it is the only one that does."""

    def __init__(self, settings: Settings, most: int = MAX_BATCH) -> None:
        self._directory = settings.directory
        self._segments = Segments(settings.directory)
        self._connection = Connection(settings)
        self.most = most  # records a batch
        self._zips = not _is_loopback(settings.url)

    def deliver(self) -> bool:
        """Delivers one batch. False where nothing waits any more; raises Failure where it is to be tried again."""
        try:
            waiting = self._segments.collect()
            lines = self._segments.batch(self.most, MAX_BATCH_BYTES)
            if lines and lines[0].record is None:
                self._refuse(lines[:1], [(lines[0], {"code": "damaged", "detail": "the line's checksum is wrong"})])
            elif lines:
                self._send(lines)
            else:
                self._segments.tidy()
            return waiting
        except OSError as error:
            raise Failure(f"the spool cannot be read or written: {error}") from error

    def skipped(self) -> List[Dict[str, str]]:
        """The segments that are left alone, with the reason."""
        return self._segments.skipped()

    def _send(self, lines: List[Line]) -> None:
        answer = self._post(b"\n".join([line.record or b"" for line in lines]) + b"\n")
        if answer.status in (200, 201):
            self._heed(lines, answer)
        elif answer.status == 413 or answer.status in (400, 409, 422) and _is_problem(answer):
            self._halve(lines, _object(answer.body) or {"status": answer.status, "code": "too_large", "detail": "the server takes no body of this size"})
        else:
            detail = _object(answer.body).get("detail") or "it gives no reason"
            raise Failure(f"the server answers {answer.status}: {str(detail)[:200]}", _seconds(answer.headers.get("Retry-After")))

    def _post(self, body: bytes) -> Answer:
        headers = {"Content-Type": "application/x-ndjson"}
        if self._zips and len(body) >= MIN_ZIPPED:
            body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
        try:
            return self._connection.post(_PATH, body, headers)
        except Exception as error:  # whatever the network, TLS or a proxy comes up with
            self.most = max(LEAST_BATCH, self.most // 4)  # a server that is killed again and again takes small ones
            raise Failure(f"the server cannot be reached: {type(error).__name__}: {error}") from error

    def _heed(self, lines: List[Line], answer: Answer) -> None:
        """Settles what the server wrote or refused. From the first record on that it could not write just now, all is
        sent again, so that the order stays."""
        rejected = _rejected(lines, answer)
        later = min((i for i, problem in rejected.items() if problem.get("status") not in REFUSALS), default=len(lines))
        self._refuse(lines[:later], [(lines[i], rejected[i]) for i in sorted(rejected) if i < later])
        if later < len(lines):
            raise Failure("the server could not write all of a batch", _seconds(answer.headers.get("Retry-After")))
        self.most = min(MAX_BATCH, self.most * 2)

    def _halve(self, lines: List[Line], problem: Dict[str, Any]) -> None:
        """Has a batch that is refused as a whole sent in smaller parts, until the record at fault is alone."""
        if len(lines) == 1:
            self._refuse(lines, [(lines[0], problem)])
        else:
            self.most = max(1, len(lines) // 2)

    def _refuse(self, settled: List[Line], refused: List[Tuple[Line, Dict[str, Any]]]) -> None:
        """Settles lines, after those among them that were refused are put aside."""
        if refused:
            append_rejects(self._directory, refused)
            problem = refused[0][1]
            warn("rejects", "the server refused %d records, the first as %s at %s: see daybook spool rejects %s",
                 len(refused), problem.get("code"), problem.get("path") or "/", self._directory)  # fmt: skip
        self._segments.settle(len(settled))

    def abandon(self) -> None:
        """For the child of a fork."""
        self._connection.abandon()

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()


def pause_after(failures: int, failure: Failure) -> float:
    """How many seconds to wait after so many failures in a row: twice as long each time, and never quite as long as
    others who lost the same server."""
    wait = min(LONGEST_WAIT, SHORTEST_WAIT * 2.0 ** min(failures - 1, 20))
    return max(min(failure.after, LONGEST_ASKED), random.uniform(wait / 2, wait))


def warn(topic: str, text: str, *values: object) -> None:
    """Warns at most once a minute of one topic, and never with what a record holds."""
    now = time.monotonic()
    if topic not in _warned or now - _warned[topic] > 60:
        _warned[topic] = now
        logger.warning(text, *values)


def _rejected(lines: List[Line], answer: Answer) -> Dict[int, Dict[str, Any]]:
    """The problems by the index of their record, if the answer is one to these lines."""
    said = _object(answer.body)
    receipts, rejected = said.get("receipts"), said.get("rejected") or []
    try:
        problems = {item["index"]: item["problem"] for item in rejected}
        taken = [line for i, line in enumerate(lines) if i not in problems]
        fits = (
            len(problems) == len(rejected) == len(lines) - len(taken)
            and all(isinstance(problem, dict) for problem in problems.values())
            and len(receipts) == len(taken)
            and all(_names(line, receipt["log_id"]) for line, receipt in zip(taken, receipts))
        )
    except (TypeError, KeyError):
        fits = False
    if not fits:
        raise Failure("what answers there is no Daybook server, or one with another tongue")
    return problems


def _names(line: Line, log_id: Any) -> bool:
    if not isinstance(log_id, str):
        return False
    quoted = b'"%b"' % log_id.encode()
    record = line.record or b""
    return b'"log_id":' + quoted in record or b'"log_id": ' + quoted in record


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def _is_problem(answer: Answer) -> bool:
    sort = (answer.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
    code = _object(answer.body).get("code")
    return sort == "application/problem+json" and isinstance(code, str) and code != ""


def _object(body: bytes) -> Dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _seconds(retry_after: Optional[str]) -> float:
    return float(retry_after) if retry_after and retry_after.isdigit() else 0.0
