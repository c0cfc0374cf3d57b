"""The integrity hash of an entry, and its leaf in the ledger's tree. docs/format.md has every byte."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Dict, List, Mapping


def canonical(entry: Mapping[str, Any]) -> str:
    """The canonical form of an entry: what Python's json writes for it, with sorted keys and without the two fields
    that are not hashed."""
    return json.dumps({name: value for name, value in entry.items() if name not in ("log_hash", "seq")}, sort_keys=True)


def compute_log_hash(entry: Dict[str, Any]) -> str:
    """The integrity hash of an entry, as it stands in its ``log_hash``.

    ``entry`` is what ``json.loads`` makes of a line of ``daybook export``, or of an entry that the HTTP API gave.

    >>> compute_log_hash({"kind": "thinking_logs", "confidence_level": 0.5, "seq": 41})
    'e5eb396205bc85194f6b479b6f8ef4bb62cc2e3026e99e3152d8f82c256e66b3'
    """
    return hashlib.sha256(canonical(entry).encode()).hexdigest()


def leaf_of(entry: Mapping[str, Any], log_hash: str) -> bytes:
    """The six lines that stand for the entry in the tree."""
    return f"daybook-entry/1\n{entry['kind']}\n{entry['log_id']}\n{entry['logged_at']}\n{entry['retain_until']}\n{log_hash}\n".encode()


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf (RFC 6962, section 2.1)."""
    return hashlib.sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of the node above two others."""
    return hashlib.sha256(b"\1" + left + right).digest()


class Tree:
    """A tree that grows leaf by leaf and keeps one hash of each size: the roots of its full subtrees."""

    def __init__(self) -> None:
        self.size = 0
        self._full: List[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Adds the hash of the next leaf."""
        node, n = leaf, self.size
        while n & 1:
            node, n = node_hash(self._full.pop(), node), n >> 1
        self._full.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves; that of none is the hash of nothing."""
        if not self._full:
            return hashlib.sha256(b"").digest()
        *rest, node = self._full
        for left in reversed(rest):
            node = node_hash(left, node)
        return node
