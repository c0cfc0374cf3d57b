"""The recorder: what a record passes on its way into the spool."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import pwd
import unittest
from datetime import datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any, Dict, List
from unittest import mock
from uuid import UUID

from support import Case

import daybook
from daybook import _config


class Recording(Case):
    def kept(self) -> List[Dict[str, Any]]:
        """The records that stand in the spool."""
        lines = [line for path in self.files(".seg") for line in path.read_bytes().splitlines()[1:]]
        return [json.loads(line[26:]) for line in lines]


class Record(Recording):
    def test_what_is_absent_is_made(self) -> None:
        before = datetime.now(timezone.utc) - timedelta(seconds=1)
        receipt = self.recorder(agent="CFO", business_id="corn").record("conversations", {"input_tokens": 5})
        (kept,) = self.kept()
        self.assertEqual((kept["kind"], kept["agent_position"], kept["business_id"], kept["input_tokens"]), ("conversations", "CFO", "corn", 5))
        self.assertEqual(receipt, daybook.Receipt("conversations", kept["conversation_id"], kept["log_id"]))
        self.assertEqual([UUID(kept[name]).version for name in ("log_id", "conversation_id")], [7, 7])
        self.assertLess(before, datetime.fromisoformat(kept["started_at"].replace("Z", "+00:00")))

    def test_what_is_given_stays(self) -> None:
        given = {"agent_position": "CEO", "business_id": "soy", "conversation_id": "c-1", "started_at": datetime(2026, 1, 31, 9), "status": None}
        before = dict(given)
        self.recorder(agent="CFO", business_id="corn").record("conversations", given)
        (kept,) = self.kept()
        self.assertEqual(given, before)
        self.assertEqual((kept["agent_position"], kept["business_id"], kept["conversation_id"]), ("CEO", "soy", "c-1"))
        self.assertEqual(kept["started_at"], "2026-01-31T09:00:00.000000Z")
        self.assertNotIn("status", kept)

    def test_what_is_told_at_its_end_began_no_later(self) -> None:
        self.recorder().record("conversations", {"agent_position": "CFO", "ended_at": datetime(2020, 1, 1, tzinfo=timezone.utc)})
        self.assertEqual(self.kept()[0]["started_at"], "2020-01-01T00:00:00.000000Z")

    def test_an_id_that_the_ledger_gives(self) -> None:
        fields = {"session_id": "0198e0a4-5c00-7002-8000-000000000002", "operation_type": "SELECT", "operation_order": 1}
        self.assertIsNone(self.recorder().record("transformation_operation", fields).id)
        self.assertNotIn("id", self.kept()[0])

    def test_a_log_id_that_is_brought_leaves_the_rest_to_the_ledger(self) -> None:
        log_id = "0198E0A4-5C00-7002-8000-000000000002"
        receipt = self.recorder().record("action_logs", {"agent_position": "CFO", "log_id": log_id})
        self.assertEqual(receipt, daybook.Receipt("action_logs", None, log_id.lower()))
        self.assertEqual(self.kept(), [{"kind": "action_logs", "agent_position": "CFO", "log_id": log_id.lower()}])

    def test_amendments(self) -> None:
        recorder = self.recorder(agent="CFO", business_id="corn")
        receipt = recorder.record("conversations", {"conversation_id": "c-1", "status": "completed"}, amend=True)
        (kept,) = self.kept()
        self.assertEqual(kept, {"kind": "conversations", "amend": True, "conversation_id": "c-1", "status": "completed", "log_id": receipt.log_id})

    def test_what_is_not_allowed_leaves_nothing(self) -> None:
        recorder = self.recorder()
        for kind, fields, path in (
            ("conversation", {}, "/kind"), ("conversations", {}, "/agent_position"), ("conversations", {"agent_position": "CFO", "tokens": 5}, "/tokens"),
            ("conversations", {"agent_position": "CFO", "input_tokens": "5"}, "/input_tokens"),
            ("conversations", {"agent_position": "CFO", "status": "done"}, "/status"),
            ("action_logs", {"agent_position": "CFO", "action_details": {"a": [object()]}}, "/action_details/a/0"),
            ("thinking_logs", {"agent_position": "CFO", "conversation_id": "c", "confidence_level": 2}, "/confidence_level"),
        ):  # fmt: skip
            with self.assertRaises(daybook.LoggingError) as raised:
                recorder.record(kind, fields)
            self.assertIsInstance(raised.exception, ValueError)
            self.assertEqual((raised.exception.code, raised.exception.path), ("invalid", path))
        self.assertEqual(self.files(), [])

    def test_secrets_are_taken_out_before_anything_is_written(self) -> None:
        secret = "gh" + "p_" + "0aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY"
        recorder = self.recorder()
        recorder.record("action_logs", {"agent_position": "CFO", "action_details": {"a": [f"use {secret}"], secret: 1}, "action_target": secret})
        recorder.close(0)  # its sender must not replace a file while it is looked at
        text = b"".join(path.read_bytes() for path in self.files())
        self.assertNotIn(secret.encode(), text)
        self.assertEqual(text.count(b"[REDACTED:github-pat]"), 3)

    def test_full(self) -> None:
        recorder = self.recorder(max_bytes=2000)
        with self.assertRaises(daybook.SpoolFullError) as raised:
            for _ in range(100):
                recorder.record("action_logs", {"agent_position": "CFO"})
        self.assertEqual(raised.exception.code, "full")
        self.assertGreater(len(self.kept()), 3)


    def test_a_closed_recorder(self) -> None:
        recorder = self.recorder()
        recorder.record("action_logs", {"agent_position": "CFO"})
        self.assertFalse(recorder.close(0))
        self.assertFalse(recorder.flush())
        self.assertFalse(recorder.close(0))
        with self.assertRaisesRegex(daybook.LoggingError, "closed"):
            recorder.record("action_logs", {"agent_position": "CFO"})


class Log(Recording):
    def test_the_contract(self) -> None:
        recorder = self.recorder()
        data = {"agent_position": "CFO", "logged_at": datetime(2000, 1, 1), "log_id": "something of old"}
        log_id = daybook.log("action_logs", data, recorder=recorder)
        self.assertEqual(data["log_id"], log_id)
        again = daybook.log("action_logs", data, recorder=recorder)
        self.assertNotEqual(again, log_id)
        self.assertEqual([record["log_id"] for record in self.kept()], [log_id, again])
        self.assertNotIn("logged_at", self.kept()[0])
        self.assertEqual(len({record["action_id"] for record in self.kept()}), 2)

    def test_names_of_tables(self) -> None:
        recorder = self.recorder()
        for table in ("action_logs", "project.dataset.action_logs", "`project.dataset.action_logs`", "`p`.`d`.`action_logs`", " dataset.action_logs "):
            daybook.log(table, {"agent_position": "CFO"}, recorder=recorder)
        self.assertEqual([record["kind"] for record in self.kept()], ["action_logs"] * 5)

    def test_async(self) -> None:
        data = {"agent_position": "CFO"}
        log_id = asyncio.run(daybook.log_to_bigquery("action_logs", data, recorder=self.recorder()))
        self.assertEqual((data["log_id"], self.kept()[0]["log_id"]), (log_id, log_id))

    def test_errors(self) -> None:
        for table, data in (("actions", {}), (None, {}), ("action_logs", {}), ("action_logs", {"agent_position": 5})):
            given = dict(data)
            with self.assertRaises(daybook.LoggingError):
                daybook.log(table, given, recorder=self.recorder())  # type: ignore[arg-type]
            self.assertEqual(given, data)

    def test_what_is_no_dict_is_not_recorded(self) -> None:
        recorder = self.recorder()
        for data in (None, "CFO", [{"agent_position": "CFO"}], MappingProxyType({"agent_position": "CFO"})):
            with self.assertRaisesRegex(daybook.InvalidRecordError, "want a dict"):
                daybook.log("action_logs", data, recorder=recorder)  # type: ignore[arg-type]
        self.assertEqual(self.kept(), [])


class Default(Recording):
    def setUp(self) -> None:
        super().setUp()
        patch = mock.patch("daybook._client._default", None)
        patch.start()
        self.addCleanup(patch.stop)

    def test_from_the_environment(self) -> None:
        with mock.patch.dict("os.environ", {"DAYBOOK_URL": "http://ledger:7777/", "DAYBOOK_TOKEN": " dbk_x ", "DAYBOOK_SPOOL": str(self.spool), "DAYBOOK_AGENT": "CFO"}):
            recorder = daybook.get_recorder()
        self.addCleanup(recorder.close, 0)
        self.assertIs(daybook.get_recorder(), recorder)
        told = recorder.settings
        self.assertEqual((told.url, told.token, told.agent), ("http://ledger:7777", "dbk_x", "CFO"))
        self.assertEqual(told.directory.parent, self.spool)
        self.assertNotIn("dbk_x", repr(told))

    def test_configure(self) -> None:
        first = daybook.configure(url="http://127.0.0.1:9", spool=self.spool, exit_timeout=0)
        daybook.record("action_logs", {"agent_position": "CFO"})
        second = daybook.configure(url="http://127.0.0.1:9", spool=self.spool, exit_timeout=0, agent="CEO")
        self.addCleanup(second.close, 0)
        daybook.record("action_logs", {})
        self.assertEqual([record["agent_position"] for record in self.kept()], ["CFO", "CEO"])
        with self.assertRaisesRegex(daybook.LoggingError, "closed"):
            first.record("action_logs", {"agent_position": "CFO"})

    def test_folders_of_servers_and_tokens(self) -> None:
        with mock.patch.dict("os.environ", {"DAYBOOK_SPOOL": "/x"}):
            for url, token, name in (
                ("http://127.0.0.1:7777", "secret", "127.0.0.1_7777-69e81601"), ("http://127.0.0.1:7777/", None, "127.0.0.1_7777-0ba0adfc"),
                (" http://127.0.0.1:7777// ", " secret ", "127.0.0.1_7777-69e81601"),
            ):  # fmt: skip
                self.assertEqual(str(_config.settings(url, token).directory), f"/x/{name}")
        with mock.patch.dict("os.environ", {"DAYBOOK_SPOOL": "", "XDG_STATE_HOME": "/state"}):
            self.assertEqual(_config.settings().directory.parent.as_posix(), "/state/daybook/spool")
        with mock.patch.dict("os.environ", {"DAYBOOK_SPOOL": "", "XDG_STATE_HOME": "", "HOME": "/home/ana"}):
            self.assertEqual(_config.settings().directory.parent.as_posix(), "/home/ana/.local/state/daybook/spool")
        home = pwd.getpwuid(os.getuid()).pw_dir
        with mock.patch.dict("os.environ", {"DAYBOOK_SPOOL": "", "XDG_STATE_HOME": "", "HOME": ""}):
            self.assertEqual(_config.settings().directory.parent.as_posix(), f"{home}/.local/state/daybook/spool")

    def test_what_is_no_setting(self) -> None:
        for options in (
            {"url": "ledger:7777"}, {"url": "ftp://ledger"}, {"url": "http://"}, {"url": "http://ledger:99999"}, {"url": "http://ana:x@ledger"},
            {"url": "http://ledger/?a=1"}, {"token": "a b"}, {"token": "a\nb"}, {"token": "é"}, {"max_bytes": 0},
            {"max_bytes": "1"}, {"timeout": 0}, {"timeout": "30"}, {"timeout": None}, {"timeout": float("inf")}, {"exit_timeout": -1}, {"exit_timeout": None},
        ):  # fmt: skip
            with self.assertRaises(daybook.LoggingError, msg=str(options)) as raised:
                daybook.Recorder(spool=self.spool, **options)  # type: ignore[arg-type]
            self.assertEqual(raised.exception.code, "config")


class Errors(unittest.TestCase):
    def test_they_survive_pickling(self) -> None:
        for sort in (daybook.LoggingError, daybook.InvalidRecordError, daybook.SpoolFullError):
            error = sort("is wrong", code="invalid", path="/a", hint="mend it")
            again = pickle.loads(pickle.dumps(error))
            self.assertEqual((type(again), str(again), again.code), (sort, "/a: is wrong (mend it)", "invalid"))


class Ids(unittest.TestCase):
    def test_they_grow(self) -> None:
        from daybook._ids import new_id

        ids = [new_id() for _ in range(2000)]
        self.assertEqual(ids, sorted(set(ids)))
        self.assertEqual({(UUID(i).version, UUID(i).variant) for i in ids}, {(7, "specified in RFC 4122")})


if __name__ == "__main__":
    unittest.main()
