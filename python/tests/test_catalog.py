from __future__ import annotations

import doctest
import importlib
import os
import unittest
from collections import OrderedDict, deque
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from pathlib import PurePosixPath
from uuid import UUID

import support  # noqa: F401  it says where daybook is

from daybook import InvalidRecordError, LoggingError, _catalog


class Word(str, Enum):
    HIGH = "high"


class Level(IntEnum):
    TWO = 2


class Scalar:
    """As numpy has them."""

    shape = ()

    def __init__(self, value):
        self.value = value

    def item(self):
        return self.value


class Array:
    shape = (2,)

    def __init__(self, *values):
        self.values = values

    def tolist(self):
        return list(self.values)

    def __iter__(self):
        return iter(self.values)


class NotATime(datetime):
    """As pandas' NaT, which is unlike itself."""

    def __eq__(self, other):
        return False

    def __ne__(self, other):
        return True

    __hash__ = None


SESSION = "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01"
OPERATION = {"session_id": SESSION, "operation_type": "SELECT"}


def given(column, value):
    """What becomes of a value in a column, whatever else the kind wants."""
    kind = next(k for k in ("transformation_operation", "output_artifact", "decision_logs", "conversations", "escalation_logs")
                if column in _catalog.kind_named(k).columns)  # fmt: skip
    return _catalog.check_fields(kind, {column: value}).get(column)


class TestValues(unittest.TestCase):
    def test_python_values_become_the_ledgers(self):
        for column, value, want in (
            ("output_table", "silver.a", "silver.a"),
            ("urgency", Word.HIGH, "high"),
            ("output_table", PurePosixPath("a/b"), "a/b"),
            ("output_table", UUID(SESSION), SESSION),
            ("output_table", Scalar("np"), "np"),
            ("session_id", UUID(SESSION), SESSION),
            ("session_id", SESSION.upper(), SESSION),
            ("output_row_count", 5.0, 5),
            ("output_row_count", Decimal("5"), 5),
            ("output_row_count", Level.TWO, 2),
            ("output_row_count", Scalar(7), 7),
            ("confidence", Decimal("0.25"), 0.25),
            ("confidence", Fraction(1, 4), 0.25),
            ("confidence", 1, 1.0),
            ("confidence", Scalar(0.5), 0.5),
            ("requires_human_review", Scalar(True), True),
            ("created_at", datetime(2026, 1, 31, 9), "2026-01-31T09:00:00.000000Z"),
            ("created_at", datetime(2026, 1, 31, 9, tzinfo=timezone(timedelta(hours=2))), "2026-01-31T07:00:00.000000Z"),
            ("created_at", date(2026, 1, 31), "2026-01-31T00:00:00.000000Z"),
            ("created_at", "2026-01-31 09:00:00.123456789-01:30", "2026-01-31T10:30:00.123456Z"),
            ("created_at", datetime(33, 1, 31), "0033-01-31T00:00:00.000000Z"),
            ("data_start_date", date(2026, 1, 31), "2026-01-31"),
            ("data_start_date", datetime(2026, 1, 31, 23, tzinfo=timezone.utc), "2026-01-31"),
            ("input_tables", ("a", Word.HIGH), ["a", "high"]),
            ("input_tables", {"b", "a"}, ["a", "b"]),
            ("input_tables", (t for t in "ab"), ["a", "b"]),
            ("input_tables", {"a": 1}.keys(), ["a"]),
            ("input_tables", deque("ab"), ["a", "b"]),
            ("input_tables", Array("a", "b"), ["a", "b"]),
            ("input_tables", "bronze.a", ["bronze.a"]),
            ("input_tables", [], None),
            ("input_tables", None, None),
            ("options_evaluated", ["a", OrderedDict(option="b", pros=("p",), cons=None, score=1)],
             [{"option": "a"}, {"option": "b", "pros": ["p"], "score": 1.0}]),
        ):  # fmt: skip
            with self.subTest(column=column, value=value):
                got = given(column, value)
                self.assertEqual((got, type(got)), (want, type(want)))

    def test_json_of_any_shape(self):
        loop: list = []
        loop.append(loop)
        for value, want in (
            ({"since": date(2026, 1, 31), "at": datetime(2026, 1, 31)}, {"since": "2026-01-31", "at": "2026-01-31T00:00:00.000000Z"}),
            ({3: "a", None: "b", True: "c", Level.TWO: "d", 0.5: "e", Decimal("1.5"): "f", UUID(SESSION): "g"},
             {"3": "a", "null": "b", "true": "c", "2": "d", "0.5": "e", "1.5": "f", SESSION: "g"}),
            ((1, {"b", "a"}, Array(1, 2), Scalar(3)), [1, ["a", "b"], [1, 2], 3]),
            ([Decimal("2.50"), Decimal("3"), Word.HIGH, Level.TWO, timedelta(seconds=90)], [2.5, 3, "high", 2, 90.0]),
            (PurePosixPath("a"), "a"), ([], []), ({}, {}), ("", ""), (False, False), ([None], [None]),
        ):  # fmt: skip
            with self.subTest(value=value):
                self.assertEqual(given("parameters", value), want)
        for value, message in (
            (loop, "nested deeper than 100"),
            ({"a": [float("nan")]}, "/parameters/a/0: is not finite"),
            ({"a/b": {"~": 1 << 63}}, "/parameters/a~1b/~0: is beyond 64 bits"),
            ({1: 1, "1": 2}, "/parameters/1: stands twice"),
            ({"a": object()}, "/parameters/a: want JSON, got an object"),
            ({"a": b"x"}, "want JSON, got a bytes"),
            ({(1, 2): 3}, "want text"),
            (["\ud800"], "/parameters/0: is not valid Unicode"),
        ):  # fmt: skip
            with self.subTest(message=message), self.assertRaises(InvalidRecordError) as e:
                given("parameters", value)
            self.assertIn(message, str(e.exception))

    def test_what_is_no_value_of_a_column(self):
        for column, value, message in (
            ("output_table", 5, r"want text, got 5 \(write it as text"),
            ("output_table", b"x", "want text, got a bytes .decode it first"),
            ("output_table", "x" * 1025, "has 1025 characters; at most 1024 are taken"),
            ("output_table", "a\0", "NUL"),
            ("urgency", "HIGH", r"'HIGH' is none of critical, high, normal \(did you mean high\?\)"),
            ("session_id", "7", "'7' is not a UUID"),
            ("output_row_count", True, "want an integer, got True"),
            ("output_row_count", "5", "want an integer, got the text '5'"),
            ("output_row_count", 5.5, "5.5 is not a whole number"),
            ("output_row_count", float("inf"), "is not finite"),
            ("output_row_count", 1 << 63, "is beyond 64 bits"),
            ("output_row_count", -1, "must not be negative"),
            ("confidence", 1.01, "must be between 0 and 1"),
            ("confidence", "high", "want a number"),
            ("confidence", 10**400, "is beyond the range of a float"),
            ("requires_human_review", 1, "want True or False, got 1"),
            ("created_at", 1700000000, "want a time, got 1700000000 .give a datetime"),
            ("created_at", "2026-01-31", "is not a time .write RFC 3339"),
            ("created_at", NotATime(2026, 1, 1), "is not a time"),
            ("created_at", datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))), "outside 0001 to 9999"),
            ("data_start_date", "31.1.2026", "is not a date"),
            ("input_tables", ["a", None], "/input_tables/1: None inside a list"),
            ("input_tables", ["a", 5], "/input_tables/1: want text"),
            ("input_tables", {"a": 1}, "want a list of texts, got a dict"),
            ("input_tables", 5, "want a list of texts, got 5"),
            ("input_tables", ["x" * 1025], "/input_tables/0: has 1025 characters"),
            ("options_evaluated", "a", "want a list of options"),
            ("options_evaluated", [{"name": "a"}], "/options_evaluated/0/name: unknown field .an option has"),
            ("options_evaluated", [{"pros": []}], "/options_evaluated/0/option: is missing"),
            ("options_evaluated", [{"option": "a", "cons": [5]}], "/options_evaluated/0/cons/0: want text"),
        ):
            with self.subTest(column=column, value=value), self.assertRaisesRegex(InvalidRecordError, message):
                given(column, value)

    def test_nothing_of_the_callers_is_changed_or_kept(self):
        tables, parameters = ["a"], {"x": [1]}
        record = _catalog.validate("transformation_operation", {**OPERATION, "input_tables": tables, "parameters": parameters})
        record["input_tables"].append("b")
        record["parameters"]["x"].append(2)
        self.assertEqual((tables, parameters), (["a"], {"x": [1]}))


class TestRecords(unittest.TestCase):
    def test_what_is_wrong_with_a_record(self):
        for kind, fields, amend, message in (
            ("telemetry", {}, False, r"/kind: unknown kind 'telemetry' \(the kinds are conversations, "),
            (5, {}, False, "/kind: want the name of a kind, got 5"),
            ("transformation_operation", {"session_id": SESSION}, False, "/operation_type: is missing .transformation_operation need operation_type: Says"),
            ("transformation_operation", {**OPERATION, "id": 5}, False, "/id: is given by the ledger"),
            ("transformation_operation", {**OPERATION, "salt": "x"}, False, "/salt: is given by the ledger"),
            ("transformation_operation", {**OPERATION, "seq": 1}, False, "/seq: is given by the ledger"),
            ("transformation_operation", {**OPERATION, "temperature": 1}, False, r"unknown field of transformation_operation \(transformation_operation has business_id, "),
            ("transformation_operation", {**OPERATION, "out/put": None}, False, "/out~1put: unknown field"),
            ("transformation_operation", {"id": 5, "operation_type": "JOIN"}, True, "transformation_operation cannot be amended"),
            ("conversations", {"status": "error"}, True, "/conversation_id: is missing .say in conversation_id which of conversations to amend"),
            ("conversations", {"conversation_id": "c"}, True, "the amendment fills nothing"),
            ("conversations", {"conversation_id": "c", "model_name": "m"}, True, "/model_name: cannot be amended"),
            ("conversations", {"agent_position": "x", "started_at": datetime(2026, 1, 2), "ended_at": date(2026, 1, 1)}, False,
             "/ended_at: 2026-01-01T00:00:00.000000Z is before started_at, 2026-01-02"),
            ("conversations", {"agent_position": ""}, False, "/agent_position: must not be empty"),
        ):  # fmt: skip
            with self.subTest(kind=kind, fields=fields), self.assertRaisesRegex(LoggingError, message):
                _catalog.validate(kind, fields, amend)

    def test_amendments(self):
        fields = {"conversation_id": "c", "status": "completed", "business_id": "acme", "log_id": SESSION, "cost_usd": None}
        record = _catalog.validate("conversations", fields, True)
        self.assertEqual(record, {"conversation_id": "c", "status": "completed", "business_id": "acme", "log_id": SESSION})

    def test_previews_are_cut(self):
        record = _catalog.validate("conversations", {"agent_position": "x", "user_prompt_preview": "🙂" * 501, "command_executed": "y" * 501})
        _catalog.cut_previews("conversations", record)
        self.assertEqual((record["user_prompt_preview"], len(record["command_executed"])), ("🙂" * 500, 501))

    def test_the_examples_in_the_docs_run(self):
        folder = os.path.dirname(_catalog.__file__)
        ran = 0
        for name in sorted(os.listdir(folder)):
            if name.endswith(".py") and name != "__main__.py":
                module = importlib.import_module("daybook." + name[:-3]) if name != "__init__.py" else importlib.import_module("daybook")
                result = doctest.testmod(module)
                self.assertEqual(result.failed, 0, name)
                ran += result.attempted
        self.assertGreater(ran, 10)


if __name__ == "__main__":
    unittest.main()
