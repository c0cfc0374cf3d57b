"""What is taken out of records, and what is not. That Go takes out the same, a test beside the Go package says."""

from __future__ import annotations

import json
import time
import unittest
from typing import Any, Dict

from support import Case

from daybook import _redact_rules, log
from daybook._redact import redact_json, redact_record, redact_text

# Made up, and put together here, so that no scanner takes this file for one with secrets in it.
GITHUB = "gh" + "p_" + "0aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY"
AWS = "AK" + "IA" + "Z7Q3X5N2W6T4R2YC"
PASSWORD = "hunt" + "er2"
KEY = "\n".join(["-----BEGIN RSA PRIVATE" + " KEY-----", "MIIEowIBAAKCAQEA7" * 6, "q9" * 30, "-----END RSA PRIVATE" + " KEY-----"])


def mark(rule: str) -> str:
    return f"[REDACTED:{rule}]"


class Texts(unittest.TestCase):
    def test_the_secret_alone_is_replaced(self) -> None:
        for given, want in [
            (f"use {GITHUB} now", f"use {mark('github-pat')} now"),
            (f"id={AWS}, region=eu", f"id={mark('aws-access-token')}, region=eu"),
            (f"postgres://etl:{PASSWORD}@db/x", f"postgres://etl:{mark('url-password')}@db/x"),
            (f"CREATE ROLE x PASSWORD '{PASSWORD}';", f"CREATE ROLE x PASSWORD '{mark('password')}';"),
            (f"export PGPASSWORD={PASSWORD} && psql", f"export PGPASSWORD={mark('password')} && psql"),
            (f"cat key\n{KEY}\nend", f"cat key\n{mark('private-key')}\nend"),
            (f"ä€ {GITHUB}", f"ä€ {mark('github-pat')}"),
        ]:
            with self.subTest(want):
                clean, found = redact_text(given)
                self.assertEqual(clean, want)
                self.assertEqual([f"[REDACTED:{f.rule}]" for f in found], [w for w in [f.split("]")[0] + "]" for f in want.split("[")[1:]] for w in [f"[{w}"]])
                self.assertEqual(redact_text(clean), (clean, found))

    def test_a_hostile_text_takes_no_more_than_its_length(self) -> None:
        for unit in [
            "-----BEGIN PRIVATE" + " KEY-----", "eyeyeyeyeyeyeyeyeyeyey.", "password='", "authorization: bearer a", "cookie: a=bbbbbbbb;",
            "key=a1b2c3d4e5.", "data:\n a: bbbbbbbbbb kind: secret ", "sk-a1sk-a1sk-a1sk-", "://a:", "x-key:x-key:", "token token token",
            "a.a1=", "'\"'\"=", "[REDACTED:jwt]", "\u212a\u0130",
        ]:  # fmt: skip
            with self.subTest(unit):
                text = unit * (200_000 // len(unit))
                begun = time.process_time()
                redact_text(text)
                self.assertLess(time.process_time() - begun, 15)


class Json(unittest.TestCase):
    def test_a_name_that_tells(self) -> None:
        given: Dict[str, Any] = {
            "password": PASSWORD, "Authorization": f"Basic {PASSWORD}", "auth": {"clientSecret": [PASSWORD], "pin": 1},
            "max_tokens": 4096, "token_count": 12, "next_page_token": "abc", "db_password": 123456, "secret": None, "sortKey": "region",
        }  # fmt: skip
        clean, found = redact_json(given)
        field = mark("secret-field")
        self.assertEqual(
            clean,
            {
                "password": field, "Authorization": f"Basic {field}", "auth": {"clientSecret": [field], "pin": 1},
                "max_tokens": 4096, "token_count": 12, "next_page_token": "abc", "db_password": field, "secret": None, "sortKey": "region",
            },
        )  # fmt: skip
        self.assertEqual([f.path for f in found], ["/password", "/Authorization", "/auth/clientSecret/0", "/db_password"])
        self.assertEqual(given["password"], PASSWORD)
        self.assertEqual(redact_json(clean)[0], clean)

    def test_names_and_json_within_json(self) -> None:
        clean, found = redact_json({GITHUB: 1, "body": json.dumps({"api_key": "x1"}), mark("github-pat"): 2})
        self.assertEqual(clean["body"], json.dumps({"api_key": mark("secret-field")}))
        self.assertEqual(len(clean), 3)
        self.assertNotIn(GITHUB, json.dumps(clean))
        self.assertEqual([f.rule for f in found], ["github-pat", "secret-field", "github-pat"])


class Records(Case):
    def test_what_is_free_is_redacted(self) -> None:
        session = "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01"
        given = {
            "session_id": session, "operation_type": f"JOIN {AWS}", "transformation_type": "SQL",
            "transformation_logic": f"SELECT '{GITHUB}'", "parameters": {"a": [KEY]}, "input_tables": ["bronze.a", GITHUB],
        }  # fmt: skip
        clean = redact_record("transformation_operation", given)
        self.assertEqual(clean["session_id"], session)
        self.assertEqual(clean["transformation_logic"], f"SELECT '{mark('github-pat')}'")
        for secret in (AWS, GITHUB, KEY[:60]):
            self.assertNotIn(secret, json.dumps(clean))
            self.assertIn(secret, "".join(map(str, [given["operation_type"], given["transformation_logic"], given["parameters"], given["input_tables"]])).replace("\\n", "\n"))
        self.assertEqual(redact_record("transformation_operation", clean), clean)

    def test_what_holds_nothing_is_the_same_object(self) -> None:
        given = {"thinking_id": "t", "agent_position": "CFO", "thinking_content": "The key of the table is region_key, max_tokens=4096."}
        self.assertIs(redact_record("thinking_logs", given), given)

    def test_no_secret_reaches_the_spool(self) -> None:
        fields = {"agent_position": "CFO", "conversation_id": "c", "thinking_content": f"the token is {GITHUB}", "thinking_type": f"password={PASSWORD}"}
        log("thinking_logs", fields, recorder=self.recorder())
        kept = b"".join(path.read_bytes() for path in self.spool.rglob("*") if path.is_file())
        self.assertIn(mark("github-pat").encode(), kept)
        self.assertNotIn(GITHUB.encode(), kept)
        self.assertNotIn(PASSWORD.encode(), kept)


class Rules(unittest.TestCase):
    def test_every_rule_compiles(self) -> None:
        rules = _redact_rules.rules()
        self.assertGreater(len(rules.file["rules"]), 200)
        for sort in (rules.anywhere, rules.in_runs, rules.assigned):
            for list_of in sort.values():
                for rule in list_of:
                    self.assertIsNotNone(rule.regex)


if __name__ == "__main__":
    unittest.main()
