"""The loggers against a real server: DAYBOOK_BIN names the daybook program."""

from __future__ import annotations

import json
import os
import subprocess
import time
import unittest
import urllib.parse
import urllib.request
from typing import Any, Dict, List

from support import PATIENCE, ROOT, Case

import daybook

BINARY = os.environ.get("DAYBOOK_BIN")

# The usage block of the design document, and nothing else but an import.
USAGE = """
from daybook import TransformationLogger

with TransformationLogger(agent_id='my_agent', purpose='Monthly ETL') as logger:
    logger.checkout(['bronze.wasde_cell', 'bronze.wasde_release'])

    # Perform transformation
    logger.log_operation(
        operation_type='AGGREGATE',
        input_tables=['bronze.wasde_cell'],
        transformation_logic='SELECT commodity, SUM(value) FROM wasde_cell GROUP BY commodity',
        output_table='silver.commodity_summary'
    )

    # Register output
    logger.register_output(
        artifact_type='TABLE',
        artifact_name='silver.commodity_summary',
        row_count=150
    )
"""

# Several processes and threads at work in one session; a child leaves the block by sys.exit, and the parent ends it.
FAMILY = """
import os, sys, threading
import daybook

def work(logger, name):
    for i in range(20):
        logger.select(output_table=name, input_row_count=i)

with daybook.TransformationLogger('parent', source_tables=['bronze.a']) as logger:
    children = []
    for n in range(3):
        child = os.fork()
        if child == 0:
            work(logger, f'child {n}')
            sys.exit(0)
        children.append(child)
    threads = [threading.Thread(target=work, args=(logger, f'thread {n}')) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for child in children:
        os.waitpid(child, 0)
assert daybook.flush(60)
"""


@unittest.skipUnless(BINARY, "DAYBOOK_BIN names no daybook program")
class TestLoggersLive(Case):
    def setUp(self) -> None:
        super().setUp()
        self.server = subprocess.Popen(
            [BINARY, "serve", "--store", str(self.folder / "ledger.db"), "--listen", "127.0.0.1:0"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=self.folder,
            env={n: v for n, v in os.environ.items() if not n.startswith("DAYBOOK_")},
        )  # fmt: skip
        self.addCleanup(self._stop)
        self.url = ""
        for line in self.server.stderr:
            if "url=" in line:
                self.url = line.split("url=")[1].split()[0]
                break
        self.assertTrue(self.url, "the server did not start")

    def _stop(self) -> None:
        self.server.terminate()
        self.server.wait(PATIENCE)
        self.server.stderr.close()

    def get(self, path: str, **query: str) -> Any:
        with urllib.request.urlopen(f"{self.url}{path}?{urllib.parse.urlencode(query)}", timeout=PATIENCE) as answer:
            return json.load(answer)

    def entries(self, kind: str) -> List[Dict[str, Any]]:
        return self.get(f"/v1/{kind}")["entries"]

    def here(self) -> Any:
        return self.recorder(self.url, timeout=PATIENCE)

    def delivered(self, recorder: Any) -> None:
        self.assertTrue(recorder.flush(PATIENCE))
        rejects = self.spool / "rejects.ndjson"
        self.assertEqual(rejects.read_text() if rejects.exists() else "", "")

    def test_the_usage_block_runs_as_printed(self):
        self.run_program(USAGE, DAYBOOK_URL=self.url, DAYBOOK_SPOOL=str(self.spool))
        deadline = time.monotonic() + PATIENCE
        events: List[Dict[str, Any]] = []
        while time.monotonic() < deadline and "transformation_operation" not in [e["kind"] for e in events]:
            events = self.get("/v1/history", table="silver.commodity_summary")["events"]
            time.sleep(0.05)
        self.assertIn("transformation_operation", [e["kind"] for e in events], events)
        session = self.entries("transformation_session")[0]
        self.assertEqual((session["status"], session["operations_count"], session["outputs_count"]), ("COMPLETED", 1, 1))

    def test_the_example_answers_why(self):
        example = (ROOT / "python" / "examples" / "warehouse.py").read_text(encoding="utf-8")
        self.assertEqual(self.run_program(example, DAYBOOK_URL=self.url, DAYBOOK_SPOOL=str(self.spool)), "delivered\n")
        self.assertEqual([s["status"] for s in self.entries("transformation_session")], ["COMPLETED"] * 2)
        reached = {n["node"] for n in self.get("/v1/lineage", node="gold.balance", direction="upstream")["nodes"]}
        self.assertLessEqual({"silver.harvest", "bronze.report"}, reached)
        why = json.dumps(self.get("/v1/why", node="gold.balance"))
        for said in ("What was harvested?", "leave it out", "analyst"):
            self.assertIn(said, why)

    @unittest.skipUnless(hasattr(os, "fork"), "no fork")
    def test_forked_children_and_threads_log_into_one_session(self):
        quiet = "ignore::DeprecationWarning"  # of a fork beside threads, which Python 3.12 and later warn of
        self.run_program(FAMILY, DAYBOOK_URL=self.url, DAYBOOK_SPOOL=str(self.spool), PYTHONWARNINGS=quiet)
        session = self.entries("transformation_session")[0]
        self.assertEqual((session["status"], session["operations_count"]), ("COMPLETED", 120))
        operations = self.get("/v1/transformation_operation", limit="500")["entries"]
        self.assertEqual({o["session_id"] for o in operations}, {session["id"]})
        for writer in ("child 0", "child 1", "child 2", "thread 0", "thread 1", "thread 2"):
            rows = [o["input_row_count"] for o in sorted(operations, key=lambda o: o["operation_order"]) if o["output_table"] == writer]
            self.assertEqual(rows, list(range(20)), writer)

    def test_a_failed_session_makes_nothing_current(self):
        recorder = self.here()
        with self.assertRaises(ValueError), daybook.TransformationLogger("etl", recorder=recorder, source_tables=["bronze.a"]) as logger:
            logger.register_output("TABLE", "silver.a")
            raise ValueError("no such column")
        with logger.child("again", source_tables=["bronze.a"]) as child:
            with self.assertRaises(ZeroDivisionError), child.sql("INSERT INTO silver.b SELECT x FROM bronze.a"):
                1 / 0
            child.log_sql("INSERT INTO silver.c (x) SELECT x FROM bronze.a", dialect="postgres")
            child.add_lineage("silver.c", "reports/c.xlsx", "COPIES")
        self.delivered(recorder)
        failed, done = sorted(self.entries("transformation_session"), key=lambda s: s["started_at"])
        self.assertEqual((failed["status"], failed["error_message"]), ("FAILED", "ValueError: no such column"))
        self.assertEqual((done["status"], done["parent_session_id"]), ("COMPLETED", failed["id"]))
        self.assertNotIn("is_current", self.entries("output_artifact")[0])
        current = {(e["target_name"], e["origin"]) for e in self.entries("lineage_edge") if e.get("is_current")}
        self.assertEqual(current, {("c", "PARSED"), ("reports/c.xlsx", "EXPLICIT")})
        tried = next(o for o in self.entries("transformation_operation") if o["transformation_type"] == "FAILED_SQL")
        self.assertEqual((tried["warnings"], tried.get("output_table")), (["failed: ZeroDivisionError: division by zero"], None))

    def test_everything_an_agent_says_is_taken(self):
        recorder = self.here()
        agent = daybook.AgentLogger("CFO", recorder=recorder)
        with agent.conversation("Is there money?", model_name="claude-3.5-sonnet") as conversation:
            agent.think("3,000 are left", thinking_type="analysis", confidence_level=0.9, options_considered=["pay", "wait"])
            with agent.mcp_call("files", "read_file", {"path": "budget.csv"}) as call:
                call.result({"isError": True, "content": [{"type": "text", "text": "no such file"}]})
            with self.assertRaises(OSError), agent.action("file_write", "reports/daily.md"):
                raise OSError("disk full")
            decision = agent.decide("Pay?", chosen_option="pay", options=[{"option": "pay", "pros": ["due"], "score": 1}], requires_human_review=True)
            decision.review("ana@example.com")
            escalation = agent.escalate("Budget exceeded", urgency="high", target="HUMAN")
            escalation.acknowledge()
            escalation.resolve("raised")
            conversation.usage(input_tokens=1200, output_tokens=340, cost_usd=0.01)
            conversation.respond("Yes.")
            with daybook.IngestRun("wasde", "collector", recorder=recorder, target_table="bronze.wasde") as run:
                run.fetched(3)
                run.failed(1)
                with daybook.TransformationLogger("etl", recorder=recorder, source_tables=["bronze.wasde"]):
                    pass
        self.delivered(recorder)
        one = {kind: self.entries(kind)[0] for kind in (
            "conversations", "thinking_logs", "mcp_usage_logs", "action_logs", "decision_logs", "escalation_logs", "ingest_run",
            "transformation_session")}  # fmt: skip
        self.assertEqual((one["conversations"]["status"], one["conversations"]["total_tokens"]), ("completed", 1540))
        self.assertIn("duration_seconds", one["conversations"])
        self.assertEqual((one["thinking_logs"]["step_number"], one["thinking_logs"]["conversation_id"]), (1, conversation.id))
        self.assertEqual((one["mcp_usage_logs"]["success"], one["mcp_usage_logs"]["error_message"]), (False, "no such file"))
        self.assertEqual((one["action_logs"]["success"], one["action_logs"]["error_message"]), (False, "OSError: disk full"))
        self.assertEqual((one["decision_logs"]["human_reviewed"], one["decision_logs"]["revision"]), (True, 2))
        self.assertEqual((one["escalation_logs"]["resolution"], one["escalation_logs"]["resolved_by"]), ("raised", "CFO"))
        self.assertEqual((one["ingest_run"]["status"], one["ingest_run"]["records_failed"]), ("PARTIAL", 1))
        session = one["transformation_session"]
        self.assertEqual((session["ingest_run_id"], session["conversation_id"]), (run.id, conversation.id))


if __name__ == "__main__":
    unittest.main()
