"""The spool against a real server, and shared with Go's: DAYBOOK_BIN names the daybook program."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import unittest
import urllib.request
from pathlib import Path
from typing import Any, Dict, List, Optional

from support import PATIENCE, ROOT, Case, own_host

from daybook import verify_export

BINARY = os.environ.get("DAYBOOK_BIN", "")

WRITER = """
import os, sys
import daybook
daybook.configure(url=sys.argv[1], spool=sys.argv[2])
n = 0
while True:
    log_id = daybook.log("action_logs", {"agent_position": sys.argv[3], "action_target": str(n)})
    os.write(1, f"{log_id} {sys.argv[3]} {n}\\n".encode())
    n += 1
"""


class Shared(Case):
    def test_a_segment_that_go_wrote(self) -> None:
        """The example of the format, of which the first record is delivered."""
        shutil.copytree(ROOT / "spool" / "testdata" / "example", self.spool)
        server = self.ledger()
        recorder = self.recorder(server.url)
        recorder.record("action_logs", {"agent_position": "CFO"})
        self.assertTrue(recorder.close(PATIENCE))
        self.assertEqual([entry.get("status") for entry in server.entries], ["COMPLETED", None])
        self.assertEqual(self.files(".seg"), [])


@unittest.skipUnless(BINARY, "DAYBOOK_BIN names no daybook program")
class Live(Case):
    def setUp(self) -> None:
        super().setUp()
        host = own_host()
        with socket.socket() as free:
            free.bind((host, 0))
            self.address = f"{host}:{free.getsockname()[1]}"
        self.url = f"http://{self.address}"
        self.server: Optional[subprocess.Popen] = None

    def daybook(self, *arguments: str, code: int = 0) -> str:
        env = {name: value for name, value in os.environ.items() if not name.startswith("DAYBOOK_")}
        done = subprocess.run([BINARY, *arguments], env=env, cwd=self.folder, capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        return done.stdout

    def serve(self) -> None:
        arguments = [BINARY, "serve", "--store", str(self.folder / "ledger.db"), "--listen", self.address]
        env = {name: value for name, value in os.environ.items() if not name.startswith("DAYBOOK_")}
        self.server = subprocess.Popen(arguments, env=env, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.kill_server, self.server)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                urllib.request.urlopen(self.url + "/readyz", timeout=PATIENCE).close()
                return
            except OSError:
                time.sleep(0.02)
        self.fail("the server did not start")

    def kill_server(self, server: "subprocess.Popen[bytes]") -> None:
        server.kill()
        server.wait()

    def entries(self) -> List[Dict[str, Any]]:
        """All entries of agents' actions, in the order of the ledger."""
        with urllib.request.urlopen(self.url + "/v1/entries?kind=action_logs", timeout=PATIENCE) as answer:
            return [json.loads(line) for line in answer]

    def write(self, n: int) -> List[str]:
        """Records with nobody there to deliver."""
        recorder = self.recorder()
        ids = [recorder.record("action_logs", {"agent_position": "CFO", "action_target": str(i)}).log_id for i in range(n)]
        recorder.close(0)
        return ids

    def test_go_sees_and_delivers_what_python_wrote(self) -> None:
        ids = self.write(40)
        (status,) = json.loads(self.daybook("spool", "status", str(self.spool), "--format", "json"))
        self.assertEqual((status["records"], len(status["writers"])), (40, 1), status)
        self.serve()
        self.daybook("spool", "flush", str(self.spool), "--server", self.url)
        self.assertEqual([entry["log_id"] for entry in self.entries()], ids)
        self.assertEqual(self.files(".seg"), [])

    def test_go_sees_and_tries_again_what_python_put_aside(self) -> None:
        self.serve()
        recorder = self.recorder(self.url)
        lost = {"action_id": "nobody knows it", "success": True}
        recorder.record("action_logs", lost, amend=True)
        self.assertTrue(recorder.flush(PATIENCE))
        self.assertIn("nobody knows it", self.daybook("spool", "rejects", str(self.spool), "--format", "json"))
        recorder.record("action_logs", {"agent_position": "CFO", "action_id": "nobody knows it"})
        self.assertTrue(recorder.flush(PATIENCE))
        self.daybook("spool", "rejects", str(self.spool), "--retry")
        recorder.record("action_logs", {"agent_position": "CFO"})
        self.assertTrue(recorder.close(PATIENCE))
        self.assertEqual([(entry["action_id"], entry["revision"]) for entry in self.entries()][:2], [("nobody knows it", 1), ("nobody knows it", 2)])
        rejects = self.spool / "rejects.ndjson"
        self.assertEqual(rejects.read_bytes() if rejects.exists() else b"", b"")

    def test_kills_of_the_server_and_of_the_program_lose_and_double_nothing(self) -> None:
        self.serve()
        said: List[str] = []
        for round in range(4):
            writer = self.start(WRITER, self.url, self.spool, f"p{round}")
            assert writer.stdout is not None and self.server is not None
            lines = [writer.stdout.readline() for _ in range(150)]
            if round % 2 == 0:
                self.kill_server(self.server)
                lines += [writer.stdout.readline() for _ in range(150)]
                self.serve()
                lines += [writer.stdout.readline() for _ in range(150)]
            writer.kill()
            rest = writer.stdout.read()
            said += lines + rest[: rest.rfind("\n") + 1].splitlines()
        self.daybook("spool", "flush", str(self.spool), "--server", self.url)
        entries = self.entries()
        there = [entry["log_id"] for entry in entries]
        self.assertEqual(len(there), len(set(there)))
        self.assertLessEqual({line.split(" ")[0] for line in said}, set(there))
        self.assertGreater(len(said), 4 * 150)
        for writer_name in {entry["agent_position"] for entry in entries}:
            numbers = [int(entry["action_target"]) for entry in entries if entry["agent_position"] == writer_name]
            self.assertEqual(numbers, list(range(len(numbers))))

    def test_an_export_is_checked_offline(self) -> None:
        self.serve()
        recorder = self.recorder(self.url)
        for n in range(20):
            recorder.record("thinking_logs", {"agent_position": "CFO", "conversation_id": "c", "confidence_level": n / 20, "thinking_content": f"né {n} \u2028 🌽"})
        self.assertTrue(recorder.close(PATIENCE))
        assert self.server is not None
        self.server.terminate()
        self.server.wait(PATIENCE)
        store = self.folder / "ledger.db"
        checkpoint = Path(f"{store}.anchor").read_text(encoding="utf-8")  # of before the export, which is itself an entry
        export = self.folder / "export.ndjson"
        export.write_bytes(self.daybook("export", "--store", str(store)).encode())
        report = verify_export(export, public_key=f"{store}.pub", checkpoint=checkpoint)
        self.assertEqual((report.problems, report.covered >= 20), ([], True), report)


if __name__ == "__main__":
    unittest.main()
