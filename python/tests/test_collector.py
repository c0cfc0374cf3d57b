from __future__ import annotations

import asyncio
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from fake import FakeRecorder

import daybook
from daybook import BaseCollector, IngestRun, TransformationLogger


class CollectorCase(unittest.TestCase):
    def setUp(self) -> None:
        self.recorder = FakeRecorder()

    def tearDown(self) -> None:
        self.assertIsNone(daybook._context.ingest.get())

    def runs(self):
        """The runs as they ended."""
        begun = {r["id"]: r for r in self.recorder.of("ingest_run")}
        ends = [{**begun[r["id"]], **r} for r in self.recorder.of("ingest_run", amend=True)]
        self.assertEqual(len(ends), len(begun))
        return ends

    def one(self):
        found = self.runs()
        self.assertEqual(len(found), 1, found)
        return found[0]


class TestIngestRun(CollectorCase):
    def test_it_begins_counts_and_ends(self):
        with IngestRun("wasde", "collector", source="usda.gov", target_table="bronze.wasde", recorder=self.recorder) as run:
            self.assertEqual(self.recorder.kinds(), ["ingest_run"])
            run.fetched(10)
            run.fetched()
            run.inserted(9)
            run.updated(2)
        ended = self.one()
        self.assertEqual((ended["job_type"], ended["agent_id"], ended["source"], ended["status"]), ("wasde", "collector", "usda.gov", "COMPLETED"))
        self.assertEqual([ended.get(f"records_{n}") for n in ("fetched", "inserted", "updated", "failed")], [11, 9, 2, None])
        self.assertGreaterEqual(ended["completed_at"], ended["started_at"])

    def test_threads_count_together(self):
        with IngestRun("wasde", recorder=self.recorder) as run, ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: run.fetched(), range(2000)))
        self.assertEqual(self.one()["records_fetched"], 2000)

    def test_how_it_ended(self):
        def some_failed(run):
            run.failed()

        def says_so(run):
            run.partial("two pages were missing")

        def by_hand(run):
            run.finish(status="COMPLETED", records_failed=3)

        def said_an_error(run):
            run.error_message = "the source is empty"

        def failed(_run):
            raise ValueError("no")

        for work, status, message in (
            (some_failed, "PARTIAL", None), (says_so, "PARTIAL", "two pages were missing"), (by_hand, "COMPLETED", None),
            (said_an_error, "FAILED", "the source is empty"), (failed, "FAILED", "ValueError: no"),
        ):  # fmt: skip
            self.recorder.kept.clear()
            try:
                with IngestRun("wasde", recorder=self.recorder) as run:
                    work(run)
            except ValueError:
                self.assertIs(work, failed)
            self.assertEqual((self.one()["status"], self.one().get("error_message")), (status, message))

    def test_sessions_in_its_block_are_linked_to_it(self):
        with IngestRun("wasde", "collector", recorder=self.recorder) as run:
            with TransformationLogger("etl", recorder=self.recorder, source_tables=["bronze.a"]):
                pass
        with run.session("Load", source_tables=["bronze.b"]) as logger:
            pass
        first, second = self.recorder.of("transformation_session")
        self.assertEqual((first["ingest_run_id"], first["agent_id"]), (run.id, "etl"))
        self.assertEqual((second["ingest_run_id"], second["agent_id"], second["id"]), (run.id, "collector", logger.session_id))

    def test_each_call_of_a_function_is_a_run(self):
        @IngestRun("wasde", recorder=self.recorder)
        async def collect():
            await asyncio.sleep(0)
            return {"records_fetched": 5, "other": 7}

        asyncio.run(collect())
        asyncio.run(collect())
        self.assertEqual([r["records_fetched"] for r in self.runs()], [5, 5])


@dataclass
class Result:
    records_fetched: int
    records_failed: int = 0
    error_message: str = ""


class Theirs:
    """A collector as it was before."""

    source = object()  # means something of its own

    def __init__(self, name):
        self.name = name

    def run(self):
        return self.collect()

    def collect(self):
        raise NotImplementedError


class TestBaseCollector(CollectorCase):
    def collector(self, collect, **attributes):
        cls = type("WasdeCollector", (BaseCollector, Theirs), {"collect": collect, "recorder": self.recorder, **attributes})
        return cls("wasde")

    def test_a_run_is_recorded_once_whichever_method_begins_it(self):
        def collect(this):
            this.run_log.inserted(3)
            return Result(records_fetched=3)

        collector = self.collector(collect, agent_id="c", target_table="bronze.wasde")
        self.assertEqual(collector.name, "wasde")
        self.assertEqual(collector.run(), Result(3))
        self.assertEqual(collector.collect(), Result(3))
        first, second = self.runs()
        self.assertEqual((first["job_type"], first["agent_id"], first["target_table"]), ("WasdeCollector", "c", "bronze.wasde"))
        self.assertNotIn("source", first)
        for run in (first, second):
            self.assertEqual((run["records_fetched"], run["records_inserted"], run["status"]), (3, 3, "COMPLETED"))

    def test_a_subclass_that_calls_its_base_is_one_run(self):
        class Base(BaseCollector):
            recorder = self.recorder

            def collect(self):
                return 1

        class Derived(Base):
            job_type = "derived"

            def collect(self):
                return super().collect() + 1

        self.assertEqual(Derived().collect(), 2)
        self.assertEqual(self.one()["job_type"], "derived")

    def test_one_collector_within_another_has_a_run_of_its_own(self):
        inner = self.collector(lambda this: None, job_type="inner")
        outer = self.collector(lambda this: inner.collect(), job_type="outer")
        outer.run()
        self.assertEqual([r["job_type"] for r in self.runs()], ["inner", "outer"])

    def test_one_collector_may_run_in_several_threads(self):
        gate = threading.Barrier(4)

        def collect(this):
            gate.wait()
            this.run_log.fetched(1)
            gate.wait()

        collector = self.collector(collect)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: collector.run(), range(4)))
        self.assertEqual([r["records_fetched"] for r in self.runs()], [1] * 4)

    def test_what_fails_is_told_and_passes_through(self):
        def collect(this):
            this.run_log.fetched(2)
            raise OSError("the source is gone")

        with self.assertRaises(OSError):
            self.collector(collect).run()
        self.assertEqual((self.one()["status"], self.one()["error_message"], self.one()["records_fetched"]), ("FAILED", "OSError: the source is gone", 2))

    def test_a_result_may_tell_of_failure(self):
        self.collector(lambda this: Result(5, records_failed=1)).run()
        self.collector(lambda this: Result(0, error_message="no pages")).run()
        self.assertEqual([(r["status"], r.get("error_message")) for r in self.runs()], [("PARTIAL", None), ("FAILED", "no pages")])

    def test_coroutines_and_generators(self):
        async def collect(this):
            await asyncio.sleep(0)
            this.run_log.fetched(1)

        def pages(this):
            for page in range(3):
                this.run_log.fetched(1)
                yield page

        asyncio.run(self.collector(collect).run())
        self.assertEqual(list(self.collector(pages).collect()), [0, 1, 2])
        self.assertEqual([r["records_fetched"] for r in self.runs()], [1, 3])

    def test_other_methods_may_be_the_runs(self):
        class Fetcher(BaseCollector):
            recorder = self.recorder
            ingest_methods = ("fetch",)

            def fetch(self):
                return {"records_fetched": 1}

            def run(self):
                return None

        fetcher = Fetcher()
        with self.assertRaisesRegex(AttributeError, "no run has begun"):
            fetcher.run_log.id
        fetcher.run()
        fetcher.fetch()
        self.assertEqual(self.one()["id"], fetcher.run_log.id)

    def test_by_hand(self):
        class Plain(BaseCollector):
            recorder = self.recorder

        with Plain().ingest_run(job_type="by_hand", metadata={"pages": 3}) as run:
            run.inserted(1)
        self.assertEqual((self.one()["job_type"], self.one()["metadata"], self.one()["records_inserted"]), ("by_hand", {"pages": 3}, 1))


if __name__ == "__main__":
    unittest.main()
