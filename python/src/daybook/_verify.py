"""The check of an export without a server: each entry against its hash, all of them against a signed checkpoint."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from typing import IO, Any, Dict, List, NamedTuple, Optional, Tuple, Union

from . import _ed25519
from ._hash import Tree, canonical, leaf_hash, leaf_of

_SHOWN = 20


class Checkpoint(NamedTuple):
    """What a ledger signed: its name, how many entries it had, and the root of the tree over them."""

    origin: str
    size: int
    root: bytes


class Report(NamedTuple):
    """What the check of an export found.

    ``problems`` says what is wrong, in words (the first ones, where there are many); where there are none, ``ok`` is
    True. ``covered`` is how many entries are proven to be those that were signed: 0 without a checkpoint, where only
    the hashes were checked, which anybody who changes an entry can make anew.
    """

    entries: int
    covered: int
    checkpoint: Optional[Checkpoint]
    problems: List[str]

    @property
    def ok(self) -> bool:
        return not self.problems


def verify_export(
    path: Union[str, "os.PathLike[str]"],
    public_key: Optional[str] = None,
    checkpoint: Optional[str] = None,
) -> Report:
    """Checks a whole export (``daybook export``), offline.

    ``checkpoint`` is the signed text of ``GET /v1/checkpoint`` or the ledger's .anchor file, and ``public_key`` the
    text of its .pub file; either may be the path of such a file. With them the entries must give the root that was signed, so
    that nothing was changed, taken away, added or moved; entries newer than the checkpoint are checked by their hash alone.

    Raises ValueError where the key or the checkpoint cannot be read, OSError where a file cannot.
    """
    signed, problems = None, []
    if checkpoint is not None:
        signed, said = read_checkpoint(_text_of(checkpoint), None if public_key is None else _text_of(public_key))
        problems += said
    elif public_key is not None:
        raise ValueError("a public key is of use only with a checkpoint")
    with open(path, encoding="utf-8", newline="\n") as lines:
        entries, root, found = _read(lines, signed)
    problems += found
    covered = 0
    if signed is not None and not problems:
        if root == signed.root:
            covered = signed.size
        else:
            problems.append("the entries do not give the root that was signed")
    return Report(entries, covered, signed, problems[:_SHOWN])


def _read(lines: IO[str], signed: Optional[Checkpoint]) -> Tuple[int, Optional[bytes], List[str]]:
    """Checks line by line, and gives the root over as many entries as were signed."""
    tree, problems, n, expected = Tree(), [], 0, 0
    size = 0 if signed is None else signed.size
    for n, line in enumerate(lines, 1):
        if len(problems) >= _SHOWN:
            break
        seq, leaf, problem = _check_line(line, expected)
        if not problem and signed is not None and seq != expected:
            problem = f"entry {seq} stands where {expected} should"
        expected = max(expected, seq + 1)  # a gap is one problem, and not one of each line behind it
        if problem:
            problems.append(f"line {n}: {problem}")
        elif seq < size:
            tree.add(leaf_hash(leaf))
    if signed is not None and tree.size < size and not problems:
        problems.append(f"{size - tree.size} of the {size} entries that were signed are not there (`daybook verify` tells which of them went rightly)")
    return n, tree.root() if tree.size == size else None, problems


def _check_line(line: str, expected: int) -> Tuple[int, bytes, str]:
    """The seq and the leaf of an entry, and what is wrong with it. What has no seq is taken to have the one expected."""
    try:
        entry: Dict[str, Any] = json.loads(line)
        text = canonical(entry)
        log_hash = hashlib.sha256(text.encode()).hexdigest()
        seq, leaf = entry["seq"], leaf_of(entry, log_hash)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return expected, b"", "it is no entry of an export"
    if type(seq) is not int:
        return expected, leaf, "its seq is no whole number"
    if entry.get("log_hash") != log_hash:
        return seq, leaf, f"entry {seq} does not give its log_hash: it was changed"
    if line != f'{text[:-1]}, "log_hash": "{log_hash}", "seq": {seq}}}\n':
        return seq, leaf, f"entry {seq} is not written as an export writes it"
    return seq, leaf, ""


def read_checkpoint(note: str, public_key: Optional[str]) -> Tuple[Checkpoint, List[str]]:
    """Reads a signed checkpoint, and checks its signature where the key is given (C2SP signed-note, tlog-checkpoint)."""
    text, gap, signatures = note.partition("\n\n")
    lines = text.split("\n")
    try:
        if not gap or len(lines) < 3 or not lines[1].isdigit():
            raise ValueError
        found = Checkpoint(lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True))
        if len(found.root) != 32:
            raise ValueError
    except (ValueError, binascii.Error):
        raise ValueError("that is no checkpoint") from None
    if public_key is None:
        return found, []
    name, key_id, key = _read_key(public_key)
    if name != found.origin or not _is_signed(text + "\n", signatures, name, key_id, key):
        return found, ["the key did not sign this checkpoint"]
    return found, []


def _read_key(text: str) -> Tuple[str, bytes, bytes]:
    try:
        name, key_id, encoded = text.strip().split("+", 2)
        data = base64.b64decode(encoded, validate=True)
        digest = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
        if len(data) != 33 or data[0] != 1 or digest.hex() != key_id:
            raise ValueError
    except (ValueError, binascii.Error):
        raise ValueError("that is no public key of a ledger") from None
    return name, digest, data[1:]


def _is_signed(text: str, signatures: str, name: str, key_id: bytes, key: bytes) -> bool:
    start = f"\u2014 {name} "
    for line in signatures.split("\n"):
        if not line.startswith(start):
            continue
        try:
            data = base64.b64decode(line[len(start) :], validate=True)
        except binascii.Error:
            continue
        if data[:4] == key_id and _ed25519.verify(key, text.encode(), data[4:]):
            return True
    return False


def _text_of(given: str) -> str:
    """The text itself, or that of the file it names: a checkpoint has lines, and a key has a plus."""
    given = os.fspath(given)
    if "\n" in given.strip() or (given.startswith("daybook/") and given.count("+") >= 2):
        return given
    with open(given, encoding="utf-8", newline="\n") as file:
        return file.read()
