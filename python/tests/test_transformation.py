from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor

from fake import FakeRecorder

import daybook
from daybook import LoggingError, Node, TransformationLogger

SQL = "SELECT commodity, SUM(value) FROM wasde_cell GROUP BY commodity"


class LoggerCase(unittest.TestCase):
    def setUp(self) -> None:
        self.recorder = FakeRecorder()

    def logger(self, **fields):
        fields.setdefault("agent_id", "my_agent")
        return TransformationLogger(recorder=self.recorder, **fields)

    def checkins(self):
        return self.recorder.of("transformation_session", amend=True)


class TestSession(LoggerCase):
    def test_the_block_is_a_session(self):
        with self.logger(purpose="Monthly ETL", ticket_id="ETL-7") as logger:
            self.assertIsNone(logger.session_id)
            session = logger.checkout(["bronze.wasde_cell", "bronze.wasde_release"], filters={"year": 2026})
            logger.log_operation("AGGREGATE", input_tables=["bronze.wasde_cell"], transformation_logic=SQL, output_table="silver.s")
            artifact = logger.register_output("TABLE", "silver.s", row_count=150)
            logger.add_lineage("bronze.wasde_cell.value", "reports/s.xlsx", "COPIES", transformation_description="by hand")
        first, operation, output, edge, checkin = self.recorder.kept
        self.assertEqual(first.fields["source_tables"], ["bronze.wasde_cell", "bronze.wasde_release"])
        self.assertEqual((first.fields["source_filters"], first.fields["ticket_id"]), ({"year": 2026}, "ETL-7"))
        for record in (operation, output, edge):
            self.assertEqual(record.fields["session_id"], session)
        self.assertEqual(artifact.id, output.fields["id"])
        self.assertEqual(
            {n: v for n, v in edge.fields.items() if n.startswith(("source", "target", "rel"))},
            {"source_type": "COLUMN", "source_schema": "bronze", "source_name": "wasde_cell", "source_column": "value",
             "target_type": "ARTIFACT", "target_name": "reports/s.xlsx", "relationship_type": "COPIES"},
        )  # fmt: skip
        self.assertTrue(checkin.amend)
        self.assertEqual((checkin.fields["id"], checkin.fields["status"]), (session, "COMPLETED"))
        self.assertEqual(logger.status, "COMPLETED")

    def test_the_call_as_printed_in_the_design(self):
        with self.logger(purpose="x") as logger:
            logger.checkout(["bronze.a"])
            logger.log_operation(operation_type="AGGREGATE", output_table="silver.a")
            logger.register_output(artifact_type="TABLE", artifact_name="silver.a", row_count=1)
        self.assertEqual(
            self.recorder.kinds(),
            ["transformation_session", "transformation_operation", "output_artifact", "transformation_session amended"],
        )

    def test_source_tables_check_out_by_themselves(self):
        with self.logger(source_tables="bronze.a") as logger:
            logger.select("read it")
            with self.assertRaisesRegex(LoggingError, "was checked out by this logger before"):
                logger.checkout(["bronze.b"])
        self.assertEqual(self.recorder.of("transformation_session")[0]["source_tables"], ["bronze.a"])

    def test_a_block_without_checkout_records_nothing(self):
        with self.logger():
            pass
        with self.assertRaises(ZeroDivisionError), self.logger():
            1 / 0
        self.assertEqual(self.recorder.kept, [])

    def test_nothing_is_logged_before_checkout_or_after_checkin(self):
        logger = self.logger()
        for call in (lambda: logger.log_operation("SELECT"), lambda: logger.checkin(), lambda: logger.child()):
            with self.assertRaisesRegex(LoggingError, r"no session is checked out \(call checkout\(tables\) first"):
                call()
        logger.checkout(["bronze.a"])
        logger.checkin()
        for call in (lambda: logger.log_operation("SELECT"), lambda: logger.register_output("TABLE", "x"), lambda: logger.add_lineage("a", "b")):
            with self.assertRaisesRegex(LoggingError, "is checked in COMPLETED"):
                call()
        self.assertEqual(len(self.recorder.kept), 2)

    def test_checkin_by_hand_is_made_once(self):
        with self.logger(source_tables=["bronze.a"]) as logger:
            logger.checkin("ABANDONED")
            logger.checkin("ABANDONED")
            with self.assertRaisesRegex(LoggingError, "is checked in ABANDONED"):
                logger.checkin("COMPLETED")
        self.assertEqual([c["status"] for c in self.checkins()], ["ABANDONED"])

    def test_a_checkin_that_was_refused_may_be_made_again(self):
        logger = self.logger(source_tables=["bronze.a"])
        logger.checkout()
        for status, message in (("ACTIVE", "goes on"), ("DONE", "'DONE' is none of ACTIVE, COMPLETED")):
            with self.assertRaisesRegex(LoggingError, message):
                logger.checkin(status)
        self.recorder.full = True
        with self.assertRaisesRegex(LoggingError, "full"):
            logger.checkin()
        self.recorder.full = False
        logger.checkin()
        self.assertEqual([c["status"] for c in self.checkins()], ["COMPLETED"])

    def test_a_logger_is_for_one_session(self):
        with self.logger(source_tables=["bronze.a"]) as logger:
            with self.assertRaisesRegex(LoggingError, "in a with block already"):
                logger.__enter__()
            self.assertEqual(logger.status, "ACTIVE")
        with self.assertRaisesRegex(LoggingError, "is checked in COMPLETED"), logger:
            pass
        self.assertEqual(len(self.recorder.kept), 2)

    def test_children_go_on_from_their_parent(self):
        with self.logger(source_tables=["bronze.a"], ticket_id="T-1", agent_version="2") as parent:
            pass
        with parent.child("Gold", source_tables=["silver.a"], agent_version="3") as child:
            pass
        record = self.recorder.of("transformation_session")[1]
        self.assertEqual(record["parent_session_id"], parent.session_id)
        self.assertEqual((record["ticket_id"], record["agent_version"], record["purpose"]), ("T-1", "3", "Gold"))
        self.assertNotEqual(child.session_id, parent.session_id)

    def test_the_business_is_that_of_all(self):
        with self.logger(source_tables=["bronze.a"], business_id="acme") as logger:
            logger.select()
            logger.register_output("TABLE", "x")
            logger.add_lineage("a", "b")
        self.assertEqual([k.fields.get("business_id") for k in self.recorder.kept], ["acme"] * 4 + [None])

    def test_what_is_wrong_is_said_at_the_call(self):
        with self.assertRaisesRegex(LoggingError, r"/ticket: unknown field of transformation_session \(did you mean"):
            self.logger(ticket="x")
        with self.assertRaisesRegex(LoggingError, "/agent_id: is missing"):
            TransformationLogger(recorder=self.recorder).checkout(["bronze.a"])
        with self.logger(source_tables=["bronze.a"]) as logger:
            for call, message in (
                (lambda: logger.log_operation("SELECT", input_table=["a"]), "did you mean input_tables"),
                (lambda: logger.log_operation("SELECT", output_row_count=-1), "must not be negative"),
                (lambda: logger.log_operation("SELECT", session_id="7"), "/session_id: is not this session"),
                (lambda: logger.log_operation(""), "/operation_type: must not be empty"),
                (lambda: logger.add_lineage("a..b", "c"), "/source_name: the node 'a..b' has an empty part"),
                (lambda: logger.add_lineage("a", "b.c.d.e.f"), "/target_name: the node 'b.c.d.e.f' has too many parts"),
            ):
                with self.assertRaisesRegex(LoggingError, message):
                    call()
        self.assertEqual(len(self.recorder.kept), 2)

    def test_nodes_may_be_given_by_their_parts(self):
        with self.logger(source_tables=["bronze.a"]) as logger:
            logger.add_lineage(Node("corn.2026", schema="silver", type="VIEW"), Node("x", column="y"))
        edge = self.recorder.of("lineage_edge")[0]
        self.assertEqual((edge["source_type"], edge["source_schema"], edge["source_name"]), ("VIEW", "silver", "corn.2026"))
        self.assertEqual((edge["target_type"], edge["target_column"], edge["relationship_type"]), ("COLUMN", "y", "DERIVES_FROM"))


class TestFailure(LoggerCase):
    def test_the_error_stands_on_the_session_and_passes_through(self):
        for error, text in (
            (ValueError("no such commodity"), "ValueError: no such commodity"),
            (KeyboardInterrupt(), "KeyboardInterrupt"),
            (SystemExit(3), "SystemExit: 3"),
            (GeneratorExit(), "GeneratorExit"),
            (asyncio.CancelledError(), "CancelledError"),
            (ValueError("nul \0 and half a pair \ud800"), "ValueError: nul \ufffd and half a pair \ufffd"),
        ):
            self.recorder.kept.clear()
            with self.assertRaises(type(error)) as caught, self.logger(source_tables=["bronze.a"]):
                raise error
            self.assertIs(caught.exception, error)
            self.assertEqual([(c["status"], c["error_message"]) for c in self.checkins()], [("FAILED", text)])

    def test_a_program_that_ends_well_has_not_failed(self):
        for code in (None, 0):
            self.recorder.kept.clear()
            with self.assertRaises(SystemExit), self.logger(source_tables=["bronze.a"]):
                sys.exit(code)
            self.assertEqual([(c["status"], c.get("error_message")) for c in self.checkins()], [("COMPLETED", None)])

    def test_an_error_of_any_length_can_be_recorded(self):
        with self.assertRaises(ValueError), self.logger(source_tables=["bronze.a"]):
            raise ValueError("x" * 2_000_000)
        message = self.checkins()[0]["error_message"]
        self.assertEqual((len(message), message[-1]), (16 << 10, "…"))

    def test_an_error_that_cannot_say_what_it_is(self):
        class Mute(Exception):
            def __str__(self):
                raise RuntimeError

        with self.assertRaises(Mute), self.logger(source_tables=["bronze.a"]):
            raise Mute
        self.assertEqual(self.checkins()[0]["error_message"], "Mute: its message could not be read")

    def test_the_error_of_the_work_goes_before_that_of_the_checkin(self):
        with self.assertRaises(ZeroDivisionError), self.assertLogs("daybook", "ERROR") as logs:
            with self.logger(source_tables=["bronze.a"]):
                self.recorder.full = True
                1 / 0
        self.assertIn("the spool is full", logs.output[0])

    def test_no_content_goes_to_the_programs_log(self):
        with self.assertRaises(ZeroDivisionError), self.assertLogs("daybook", "ERROR") as logs:
            with self.logger(source_tables=["bronze.a"]) as logger, logger.operation("CLEAN") as op:
                op._fields["input_row_count"] = "password"  # past the check at the assignment
                1 / 0
        self.assertEqual(logs.output, ["ERROR:daybook:the end of a block that failed could not be recorded: /input_row_count is invalid"])

    def test_where_the_work_went_well_the_checkins_error_is_raised(self):
        with self.assertRaisesRegex(LoggingError, "full"):
            with self.logger(source_tables=["bronze.a"]):
                self.recorder.full = True

    def test_a_generator_that_is_closed_fails(self):
        def rows():
            with self.logger(source_tables=["bronze.a"]):
                yield 1
                yield 2

        next(rows())  # and nobody asks for more
        self.assertEqual(self.checkins()[0]["status"], "FAILED")
        self.assertEqual(daybook._context.session.get(), None)


class TestOperations(LoggerCase):
    def test_helpers_name_their_operation(self):
        with self.logger(source_tables=["bronze.a"]) as logger:
            names = ("select", "aggregate", "join", "filter", "calculate", "pivot", "normalize", "clean")
            for name in names:
                getattr(logger, name)("by hand", transformation_type="MANUAL", output_row_count=1)
        operations = self.recorder.of("transformation_operation")
        self.assertEqual([o["operation_type"] for o in operations], [n.upper() for n in names])
        known = daybook._catalog.kind_named("transformation_operation").columns["operation_type"]["known"]
        self.assertEqual([o["operation_type"] for o in operations], list(known))
        self.assertEqual({o["transformation_logic"] for o in operations}, {"by hand"})

    def test_sql_says_what_it_is(self):
        with self.logger(source_tables=["bronze.a"]) as logger:
            logger.log_sql(SQL, dialect="bigquery", parameters={"year": 2026}, output_row_count=5)
            logger.log_sql("SELECT * FROM a JOIN b USING (x)")
            logger.log_sql("SELECT 'JOIN', \"GROUP BY\" FROM a -- GROUP BY\n/* JOIN */")
            logger.log_sql("DELETE FROM a WHERE b IS NULL", "CLEAN")
        first, second, third, fourth = self.recorder.of("transformation_operation")
        self.assertEqual((first["operation_type"], first["transformation_type"], first["transformation_logic"]), ("AGGREGATE", "SQL", SQL))
        self.assertEqual((first["parameters"], first["output_row_count"]), ({"year": 2026, "dialect": "bigquery"}, 5))
        self.assertEqual([o["operation_type"] for o in (second, third, fourth)], ["JOIN", "SELECT", "CLEAN"])
        self.assertNotIn("parameters", second)

    def test_a_step_is_timed(self):
        with self.logger(source_tables=["bronze.a"]) as logger:
            with logger.operation("AGGREGATE", input_tables=["bronze.a"]) as op:
                op.output_row_count = 5
                self.assertEqual((op.output_row_count, op.output_table), (5, None))
                op.warn("3 blanks")
                op.warn("slow")
                self.assertEqual(self.recorder.of("transformation_operation"), [])
                with self.assertRaisesRegex(LoggingError, "did you mean output_row_count"):
                    op.output_rowcount = 6
                with self.assertRaisesRegex(LoggingError, "want an integer"):
                    op.output_row_count = "many"
            self.assertIsNotNone(op.receipt.log_id)
        operation = self.recorder.of("transformation_operation")[0]
        self.assertEqual((operation["output_row_count"], operation["warnings"]), (5, ["3 blanks", "slow"]))
        self.assertGreaterEqual(operation["execution_time_ms"], 0)

    def test_a_step_that_fails_has_written_nothing(self):
        with self.logger(source_tables=["bronze.a"]) as logger:
            for op in (logger.sql("INSERT INTO silver.a SELECT 1", output_table="silver.a"),
                       logger.operation("CLEAN", transformation_logic=" insert into a select 1", output_row_count=3),
                       logger.operation("CLEAN", transformation_logic="drop what is empty", warnings=["slow"])):  # fmt: skip
                with self.assertRaises(ZeroDivisionError), op:
                    1 / 0
        sql, presumed, text = self.recorder.of("transformation_operation")
        self.assertEqual(sql["transformation_type"], "FAILED_SQL")
        self.assertNotIn("output_table", sql)
        self.assertEqual(sql["warnings"], ["failed: ZeroDivisionError: division by zero (it was to write silver.a)"])
        self.assertEqual((presumed["transformation_type"], presumed.get("output_row_count")), ("FAILED_SQL", None))
        self.assertNotIn("transformation_type", text)
        self.assertEqual(text["warnings"], ["slow", "failed: ZeroDivisionError: division by zero"])
        self.assertEqual(logger.status, "COMPLETED")

    def test_each_call_of_a_function_is_a_step(self):
        with self.logger(source_tables=["bronze.a"]) as logger:

            @logger.operation("CLEAN", output_table="silver.a")
            def clean(x):
                """Cleans."""
                return x + 1

            @logger.operation("PIVOT")
            async def pivot():
                await asyncio.sleep(0)
                return 7

            self.assertEqual([clean(1), clean(2), asyncio.run(pivot())], [2, 3, 7])
            self.assertEqual((clean.__name__, clean.__doc__), ("clean", "Cleans."))
        self.assertEqual([o["operation_type"] for o in self.recorder.of("transformation_operation")], ["CLEAN", "CLEAN", "PIVOT"])


class Composed:
    def as_string(self, _cursor):
        return "SELECT x FROM b"


class StrangeCursor:
    """Of a driver that knows no counts, takes SQL in other forms, and has no ``with``."""

    rowcount = None
    closed = False

    def execute(self, operation, parameters=None):
        return None

    def close(self):
        self.closed = True


class TestCursor(LoggerCase):
    def test_what_is_logged_is_what_was_run(self):
        with self.logger(source_tables=["bronze.a"]) as logger, sqlite3.connect(":memory:") as connection:
            cursor = logger.cursor(connection.cursor(), dialect="sqlite")
            self.assertIs(cursor.execute("CREATE TABLE a (x, y)"), cursor)
            cursor.executemany("INSERT INTO a VALUES (?, ?)", [(1, "secret"), (2, "data"), (3, "rows")])
            cursor.execute("SAVEPOINT s")
            cursor.execute("UPDATE a SET y = NULL WHERE x > ?", (1,))
            self.assertEqual(list(cursor.execute("SELECT x FROM a ORDER BY x")), [(1,), (2,), (3,)])
            self.assertEqual(cursor.execute("SELECT count(*) FROM a GROUP BY y IS NULL").fetchone(), (1,))
            with self.assertRaises(sqlite3.OperationalError):
                cursor.execute("INSERT INTO nowhere SELECT 1")
        operations = self.recorder.of("transformation_operation")
        self.assertEqual([o["operation_type"] for o in operations], ["CREATE", "INSERT", "UPDATE", "SELECT", "AGGREGATE", "SELECT"])
        self.assertEqual([o["transformation_type"] for o in operations], ["SQL"] * 5 + ["FAILED_SQL"])
        self.assertEqual([o.get("output_row_count") for o in operations], [None, 3, 2, None, None, None])
        self.assertEqual((operations[1]["input_row_count"], operations[1]["parameters"]), (3, {"dialect": "sqlite"}))
        self.assertIn("no such table", operations[5]["warnings"][0])
        self.assertNotIn("secret", repr(self.recorder.kept))

    def test_other_drivers(self):
        cursor = StrangeCursor()
        with self.logger(source_tables=["bronze.a"]) as logger, logger.cursor(cursor) as logged:
            logged.execute(b"SELECT x FROM a", [5])
            logged.execute(Composed())
            logged.execute("  commit")
        self.assertEqual([o["transformation_logic"] for o in self.recorder.of("transformation_operation")], ["SELECT x FROM a", "SELECT x FROM b"])
        self.assertTrue(cursor.closed)


class TestConcurrency(LoggerCase):
    def test_threads_share_a_session(self):
        with self.logger(source_tables=["bronze.a"]) as logger:
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(lambda i: logger.select(input_row_count=i), range(200)))
        operations = self.recorder.of("transformation_operation")
        self.assertEqual(sorted(o["input_row_count"] for o in operations), list(range(200)))
        self.assertEqual({o["session_id"] for o in operations}, {logger.session_id})

    def test_of_many_checkins_one_is_made(self):
        logger = self.logger(source_tables=["bronze.a"])
        logger.checkout()
        gate = threading.Barrier(8)

        def checkin(_):
            gate.wait()
            logger.checkin()

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(checkin, range(8)))
        self.assertEqual(len(self.checkins()), 1)

    def test_async_blocks_keep_their_sessions_apart(self):
        async def work(i):
            async with self.logger(purpose=str(i), source_tables=["bronze.a"]) as logger:
                await asyncio.sleep(0)
                self.assertIs(daybook._context.session.get(), logger)
                if i % 2:
                    raise ValueError(i)
                logger.select(input_row_count=i)

        async def main():
            return await asyncio.gather(*(work(i) for i in range(50)), return_exceptions=True)

        asyncio.run(main())
        self.assertEqual(len(self.checkins()), 50)
        self.assertEqual([c["status"] for c in self.checkins()].count("FAILED"), 25)
        self.assertIsNone(daybook._context.session.get())

    def test_a_task_that_is_cancelled_fails(self):
        async def work():
            async with self.logger(source_tables=["bronze.a"]):
                await asyncio.sleep(60)

        async def main():
            task = asyncio.ensure_future(work())
            await asyncio.sleep(0.01)
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task

        asyncio.run(main())
        self.assertEqual([(c["status"], c["error_message"]) for c in self.checkins()], [("FAILED", "CancelledError")])

    @unittest.skipUnless(hasattr(os, "fork"), "no fork")
    def test_a_forked_child_does_not_end_its_parents_session(self):
        reader, writer = os.pipe()
        with self.logger(source_tables=["bronze.a"]) as logger:
            child = os.fork()
            if child == 0:
                try:
                    with logger.operation("CLEAN"):  # begun in the child, and ended there
                        pass
                    logger.__exit__(SystemExit, SystemExit(1), None)  # as where the child ends by sys.exit
                finally:
                    os.write(writer, " ".join(self.recorder.kinds()[1:]).encode())
                    os._exit(0)
            os.waitpid(child, 0)
        os.close(writer)
        with os.fdopen(reader) as f:
            self.assertEqual(f.read(), "transformation_operation")
        self.assertEqual([c["status"] for c in self.checkins()], ["COMPLETED"])


if __name__ == "__main__":
    unittest.main()
