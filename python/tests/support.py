"""What the tests share: a server that does as it is told, and programs run in processes of their own."""

from __future__ import annotations

import atexit
import contextlib
import gzip
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Tuple

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "python" / "src"
sys.path.insert(0, str(SOURCE))

# What a test records without saying where must not land in the spool of whoever runs the tests.
_ELSEWHERE = tempfile.mkdtemp()
atexit.register(shutil.rmtree, _ELSEWHERE, ignore_errors=True)
os.environ["DAYBOOK_SPOOL"], os.environ["DAYBOOK_URL"] = _ELSEWHERE, "http://127.0.0.1:9"
for _name in ("DAYBOOK_TOKEN", "DAYBOOK_AGENT"):
    os.environ.pop(_name, None)

PATIENCE = 60.0  # seconds until a test gives up on what must come


def own_host() -> str:
    """An address of this machine's that nobody else uses, so that a port of it that was free stays free."""
    if not sys.platform.startswith("linux"):
        return "127.0.0.1"
    return f"127.{random.randrange(1, 255)}.{random.randrange(1, 255)}.{random.randrange(1, 255)}"


Answer = Tuple[int, Dict[str, str], bytes]
Trick = Callable[[List[Dict[str, Any]]], Optional[Answer]]


def problem(status: int, code: str, **more: Any) -> Dict[str, Any]:
    return {"type": "about:blank", "title": code, "status": status, "code": code, "detail": f"it is {code}", **more}


def refuse(status: int, code: str, headers: Optional[Dict[str, str]] = None) -> Answer:
    """An answer to the whole of a call."""
    return status, {"Content-Type": "application/problem+json", **(headers or {})}, json.dumps(problem(status, code)).encode()


class Ledger(ThreadingHTTPServer):
    """A server that keeps what it is sent, each log_id once. Tricks answer the next calls in its place."""

    daemon_threads = True

    def __init__(self, port: int = 0, host: str = "127.0.0.1") -> None:
        super().__init__((host, port), _Handler)
        self.entries: List[Dict[str, Any]] = []
        self.calls: List[Dict[str, str]] = []
        self.batches: List[List[str]] = []
        self.tricks: List[Trick] = []
        self.verdict: Callable[[Dict[str, Any]], Optional[Dict[str, Any]]] = lambda record: None
        self.amid_answer: Callable[[], None] = lambda: None
        self.changed = threading.Condition()
        self._sockets: List[Any] = []
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def record(self, records: List[Dict[str, Any]]) -> Answer:
        """Takes records as POST /v1/entries?on_invalid=skip does."""
        receipts, rejected, known = [], [], {e["log_id"] for e in self.entries}
        for index, record in enumerate(records):
            refused = self.verdict(record)
            if refused is not None:
                rejected.append({"index": index, "problem": refused})
                continue
            if record["log_id"] not in known:
                known.add(record["log_id"])
                self.entries.append(record)
            receipts.append({"log_id": record["log_id"]})
        return 201, {}, json.dumps({"receipts": receipts, "rejected": rejected}).encode()

    def handle_call(self, headers: Dict[str, str], records: List[Dict[str, Any]]) -> Answer:
        with self.changed:
            self.calls.append(headers)
            self.batches.append([record.get("log_id", "") for record in records])
            trick = self.tricks.pop(0) if self.tricks else None
            answer = (trick(records) if trick else None) or self.record(records)
            self.changed.notify_all()
            return answer

    def wait_for(self, n: int) -> List[Dict[str, Any]]:
        """The entries, once there are n of them."""
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.entries) >= n, PATIENCE):
                raise AssertionError(f"{len(self.entries)} of {n} entries came")
            return list(self.entries)

    def wait_for_calls(self, n: int) -> None:
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.calls) >= n, PATIENCE):
                raise AssertionError(f"{len(self.calls)} of {n} calls came")

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is none of a test's business."""

    def get_request(self) -> Any:
        request = super().get_request()
        self._sockets.append(request[0])
        return request

    def stop(self) -> None:
        """Ends as a server that is killed does: connections that are open end, too."""
        self.shutdown()
        self.server_close()
        for connection in self._sockets:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        records = [_record(line) for line in body.splitlines()]
        status, headers, answer = self.server.handle_call({"path": self.path, **dict(self.headers)}, records)
        if not status:
            self.close_connection = True  # the answer is lost on its way
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer[:1])
        self.server.amid_answer()
        self.wfile.write(answer[1:])

    def log_message(self, *_: Any) -> None:
        pass


def _record(line: bytes) -> Dict[str, Any]:
    try:
        return json.loads(line)
    except ValueError:
        return {"malformed": line.decode("utf-8", "replace")}


class Case(unittest.TestCase):
    """A test with a folder of its own, and servers and recorders that end with it."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.spool = self.folder / "spool"

    def ledger(self, port: int = 0, host: str = "127.0.0.1") -> Ledger:
        ledger = Ledger(port, host)
        self.addCleanup(ledger.stop)
        return ledger

    def recorder(self, url: str = "http://127.0.0.1:9", **options: Any) -> Any:
        import daybook

        options.setdefault("spool", self.spool)
        options.setdefault("exit_timeout", 0.0)
        recorder = daybook.Recorder(url, **options)
        self.addCleanup(recorder.close, 0)
        return recorder

    def files(self, suffix: str = "") -> List[Path]:
        return sorted(path for path in self.spool.iterdir() if path.name.endswith(suffix)) if self.spool.exists() else []

    def start(self, code: str, *arguments: object, **environment: str) -> "subprocess.Popen[str]":
        """Starts a Python program, which ends with the test at the latest."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("DAYBOOK_")}
        env.update(PYTHONPATH=str(SOURCE), PYTHONDONTWRITEBYTECODE="1", HOME=str(self.folder), **environment)
        process = subprocess.Popen(
            [sys.executable, *([code] if code.endswith(".py") else ["-c", code]), *map(str, arguments)], env=env, cwd=self.folder, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.addCleanup(_end, process)
        return process

    def run_program(self, code: str, *arguments: object, **environment: str) -> str:
        """Runs a Python program to its end, and gives what it printed."""
        process = self.start(code, *arguments, **environment)
        out, err = process.communicate(timeout=PATIENCE)
        self.assertEqual((process.returncode, err), (0, ""), out)
        return out


def _end(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()
