"""A recorder that keeps what it takes, checked and completed as the real one does it."""

from __future__ import annotations

import threading
from typing import Any, Dict, List, Optional

import support  # noqa: F401  it says where daybook is

from daybook import LoggingError, Receipt, Recorder, _catalog


class Kept:
    """A record that was taken."""

    def __init__(self, kind: str, fields: Dict[str, Any], amend: bool) -> None:
        self.kind, self.fields, self.amend = kind, fields, amend

    def __repr__(self) -> str:
        return f"{self.kind}{' amended' if self.amend else ''}: {self.fields}"


class FakeRecorder:
    def __init__(self, agent: Optional[str] = None) -> None:
        self.agent = agent
        self.kept: List[Kept] = []
        self.full = False
        self._lock = threading.Lock()

    def record(self, kind: str, fields: Any, amend: bool = False) -> Receipt:
        if self.full:
            raise LoggingError("the spool is full", code="full")
        k = _catalog.kind_named(kind)
        given = dict(fields)
        if not amend and k.agent and self.agent and given.get(k.agent) is None:
            given[k.agent] = self.agent
        values = _catalog.validate(kind, given, amend)
        Recorder._complete(k, values, amend)
        with self._lock:
            self.kept.append(Kept(kind, values, amend))
        return Receipt(kind, values.get(k.subject), values["log_id"])

    def of(self, kind: str, amend: bool = False) -> List[Dict[str, Any]]:
        """The fields of what was taken of a kind, its beginnings or its amendments."""
        return [k.fields for k in self.kept if k.kind == kind and k.amend == amend]

    def kinds(self) -> List[str]:
        return [k.kind + (" amended" if k.amend else "") for k in self.kept]
