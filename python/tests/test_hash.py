"""The hash of an entry and the offline check of an export, against the vectors that every implementation shares."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import unittest

from support import ROOT, Case

import daybook
from daybook import _ed25519, _hash, _verify
from daybook.__main__ import main

LEDGER = ROOT / "testdata" / "ledger"


def lines_of(path: str) -> list:
    return [json.loads(line) for line in (ROOT / path).read_text(encoding="utf-8").splitlines()]


class ComputeLogHash(unittest.TestCase):
    def test_every_kind(self) -> None:
        entries = lines_of("testdata/entries.ndjson") + lines_of("testdata/ledger/export.ndjson")
        self.assertGreater(len(entries), 270)
        for entry in entries:
            self.assertEqual(daybook.compute_log_hash(entry), entry["log_hash"], entry["kind"])

    def test_canonical_vectors(self) -> None:
        for vector in lines_of("testdata/ledger/leaves.ndjson"):
            self.assertEqual(daybook.compute_log_hash(json.loads(vector["canonical"])), vector["log_hash"])

    def test_seq_and_log_hash_do_not_count(self) -> None:
        entry = {"kind": "action_logs", "cost_usd": 0.0}
        self.assertEqual(daybook.compute_log_hash(entry), daybook.compute_log_hash({**entry, "seq": 3, "log_hash": "x"}))
        self.assertNotEqual(daybook.compute_log_hash(entry), daybook.compute_log_hash({**entry, "cost_usd": 0}))


class Ed25519(unittest.TestCase):
    # RFC 8032, section 7.1
    VECTORS = [
        ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
        ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
        ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
    ]  # fmt: skip

    def test_signatures_of_the_specification(self) -> None:
        for key, text, signature in self.VECTORS:
            self.assertTrue(_ed25519.verify(bytes.fromhex(key), bytes.fromhex(text), bytes.fromhex(signature)))

    def test_any_changed_bit_counts(self) -> None:
        key, text, signature = map(bytes.fromhex, self.VECTORS[2])
        for at in range(0, 64, 7):
            for name, parts in {"signature": signature, "key": key, "text": text}.items():
                if at < len(parts):
                    changed = bytearray(parts)
                    changed[at] ^= 1 << at % 8
                    values = {"key": key, "text": text, "signature": signature, name: bytes(changed)}
                    self.assertFalse(_ed25519.verify(**values), (name, at))

    def test_what_is_no_signature(self) -> None:
        key, text, signature = map(bytes.fromhex, self.VECTORS[0])
        beyond = (int.from_bytes(signature[32:], "little") + _ed25519.L).to_bytes(32, "little")
        for bad in (b"", signature[:63], signature + b"\0", signature[:32] + beyond, b"\xff" * 64):
            self.assertFalse(_ed25519.verify(key, text, bad))
        self.assertFalse(_ed25519.verify(b"\xff" * 32, text, signature))


class Checkpoints(unittest.TestCase):
    def test_vectors(self) -> None:
        good = bad = 0
        for vector in lines_of("merkle/testdata/checkpoints.ndjson"):
            try:
                found, problems = _verify.read_checkpoint(vector["signed"], vector["public"])
                holds = not problems
            except ValueError:
                holds = False
            good, bad = good + holds, bad + (not holds)
            self.assertEqual(holds, vector["valid"], vector["name"])
        self.assertTrue(good and bad)


class Roots(unittest.TestCase):
    def test_vectors(self) -> None:
        tree, roots = _hash.Tree(), {v["size"]: v["root"] for v in lines_of("merkle/testdata/roots.ndjson") if v["size"] <= 3000}
        self.assertGreater(len(roots), 5)
        for size in range(max(roots) + 1):
            if size in roots:
                self.assertEqual(base64.b64encode(tree.root()).decode(), roots[size], size)
            tree.add(_hash.leaf_hash(b"leaf %d" % size))


class VerifyExport(Case):
    def check(self, export: str, **signed: str) -> daybook.Report:
        path = self.folder / "export.ndjson"
        path.write_bytes(export.encode())
        return daybook.verify_export(path, **signed)

    def setUp(self) -> None:
        super().setUp()
        self.export = (LEDGER / "export.ndjson").read_text(encoding="utf-8")
        self.signed = {"public_key": (LEDGER / "key.pub").read_text(), "checkpoint": str(LEDGER / "tiles" / "checkpoint")}

    def test_sound(self) -> None:
        report = self.check(self.export, **self.signed)
        self.assertEqual((report.ok, report.entries, report.covered, report.problems), (True, 260, 260, []))

    def test_newer_entries_and_no_key(self) -> None:
        report = self.check(self.export, checkpoint=(LEDGER / "checkpoint-200").read_text(encoding="utf-8"))
        self.assertEqual((report.ok, report.entries, report.covered), (True, 260, 200))
        self.assertEqual(self.check(self.export).covered, 0)

    def test_whatever_is_changed_shows(self) -> None:
        lines = self.export.splitlines(keepends=True)

        def forged(line: str) -> str:
            entry = json.loads(line)
            seq = entry.pop("seq")
            del entry["log_hash"]
            entry["principal"] = "somebody else"
            text = json.dumps(entry, sort_keys=True)
            return f'{text[:-1]}, "log_hash": "{daybook.compute_log_hash(entry)}", "seq": {seq}}}\n'

        def at(n: int, *new: str) -> str:
            return "".join(lines[:n] + list(new) + lines[n + 1 :])

        cases = {
            "a value": (at(9, lines[9].replace('"business_id": "', '"business_id": "x')), "does not give its log_hash"),
            "a value and its hash": (at(9, forged(lines[9])), "do not give the root"),
            "a line gone": (at(9), "stands where 9 should"),
            "a line twice": (at(9, lines[9], lines[9]), "stands where 10 should"),
            "two lines swapped": (at(9, lines[10], lines[9]), "entry 10 stands where 9 should"),
            "the end gone": ("".join(lines[:200]), "60 of the 260 entries"),
            "half a line": (self.export[:-20], "no entry"),
            "another spelling": (at(9, lines[9].replace(", ", ",", 1)), "not written as an export"),
            "no entry": (at(9, "[]\n"), "no entry"),
            "nothing": ("", "260 of the 260"),
        }
        for name, (export, says) in cases.items():
            report = self.check(export, **self.signed)
            self.assertFalse(report.ok, name)
            self.assertIn(says, report.problems[0], name)
            self.assertEqual(len(report.problems), 3 if name == "two lines swapped" else 1, report.problems)
            self.assertEqual(report.covered, 0, name)

    def test_another_key(self) -> None:
        other = self.signed["public_key"].replace("daybook/0", "daybook/1", 1)
        with self.assertRaisesRegex(ValueError, "no public key"):
            self.check(self.export, public_key=other, checkpoint=self.signed["checkpoint"])

    def test_the_command(self) -> None:
        def run(*arguments: str) -> tuple:
            out = io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
                code = main(["verify", *arguments])
            return code, out.getvalue()

        export, key, note = (str(LEDGER / name) for name in ("export.ndjson", "key.pub", "tiles/checkpoint"))
        self.assertEqual(run(export, "--checkpoint", note, "--public-key", key), (0, "sound: 260 of 260 entries are as they were signed\n"))
        self.assertEqual(run(key)[0], 1)
        self.assertEqual(run(str(self.folder / "nothing"))[0], 2)
        self.assertEqual(run(export, "--checkpoint", key)[0], 2)


if __name__ == "__main__":
    unittest.main()
