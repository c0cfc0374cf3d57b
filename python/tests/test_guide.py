from __future__ import annotations

import asyncio
import os
import re
import tempfile
import types
import unittest
import warnings
from pathlib import Path

from fake import FakeRecorder

import daybook

ROOT = Path(__file__).resolve().parents[2]


class YourCollector:
    """What the guide supposes a collector to be."""

    def run(self):
        return self.collect()

    def pages(self):
        return [[1, 2], [3]]

    def store(self, page):
        return len(page)


async def look_up(question):
    return f"the answer to {question}"


def surroundings():
    response = types.SimpleNamespace(text="Yes.", usage=types.SimpleNamespace(input_tokens=10, output_tokens=5))
    client = types.SimpleNamespace(call_tool=lambda name, arguments: {"content": [{"type": "text", "text": "a,b"}]})
    return {"YourCollector": YourCollector, "look_up": look_up, "ask_the_model": lambda: response, "client": client}


class TestGuide(unittest.TestCase):
    def setUp(self) -> None:
        self.recorder = FakeRecorder()
        kept = daybook._client._default
        daybook._client._default = self.recorder
        self.addCleanup(setattr, daybook._client, "_default", kept)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)

    def run_page(self, page):
        names = surroundings()
        blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
        self.assertTrue(blocks)
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            for block in blocks:
                exec(compile(block, page, "exec"), names)
        return names

    def test_what_the_guide_shows_runs(self):
        names = self.run_page("docs/guides/python.md")
        self.assertEqual(asyncio.run(names["answer"]("x")), "the answer to x")
        names["write"]("x")
        names["nightly"]()
        statuses = [s["status"] for s in self.recorder.of("transformation_session", amend=True)]
        self.assertEqual(statuses, ["COMPLETED"] * 3)
        self.assertEqual([r["status"] for r in self.recorder.of("ingest_run", amend=True)], ["COMPLETED"])
        self.assertEqual(self.recorder.of("ingest_run", amend=True)[0]["records_inserted"], 3)
        kinds = {k.kind for k in self.recorder.kept}
        self.assertEqual(
            kinds,
            {"transformation_session", "transformation_operation", "output_artifact", "ingest_run", "conversations", "thinking_logs",
             "decision_logs", "action_logs", "mcp_usage_logs", "escalation_logs", "validation_status"},
        )  # fmt: skip

    def test_what_the_readme_shows_runs(self):
        self.run_page("python/README.md")
        self.assertEqual(self.recorder.of("transformation_session", amend=True)[0]["status"], "COMPLETED")


if __name__ == "__main__":
    unittest.main()
