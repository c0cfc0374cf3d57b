"""The ends of lineage: tables, their columns, and artifacts such as files."""

from __future__ import annotations

from typing import Dict, NamedTuple, Optional, Union

from ._convert import clip
from ._errors import InvalidRecordError

_HINT = "write schema.name or schema.name.column, or give a Node with its parts"


class Node(NamedTuple):
    """A place that data flows from or to, by its parts.

    >>> Node("corn.2026", schema="silver")
    Node(name='corn.2026', schema='silver', column=None, type=None)
    """

    name: str
    schema: Optional[str] = None
    column: Optional[str] = None
    type: Optional[str] = None

    def fields(self, end: str) -> Dict[str, Optional[str]]:
        """The columns of an edge for one of its ends, ``source`` or ``target``."""
        kind = self.type or ("COLUMN" if self.column else "ARTIFACT" if "/" in self.name else "TABLE")
        return {f"{end}_type": kind, f"{end}_schema": self.schema, f"{end}_name": self.name, f"{end}_column": self.column}


def node(text: Union[str, Node]) -> Node:
    """Read a node as people write it: ``name``, ``schema.name``,
    ``schema.name.column`` or ``catalog.schema.name.column``. What holds a slash
    is a path or URL, and is a name whole.

    >>> node("silver.corn.price")
    Node(name='corn', schema='silver', column='price', type=None)
    >>> node("reports/corn.xlsx")
    Node(name='reports/corn.xlsx', schema=None, column=None, type=None)
    """
    if isinstance(text, Node):
        return text
    if not isinstance(text, str):
        raise InvalidRecordError(f"want a node as text, got {type(text).__name__}", hint=_HINT)
    if not text:
        raise InvalidRecordError("a node is missing its name", hint=_HINT)
    if "/" in text:
        return Node(text)
    parts = text.split(".")
    if not all(part.strip() for part in parts):
        raise InvalidRecordError(f"the node {clip(text)!r} has an empty part", hint=_HINT)
    if len(parts) == 1:
        return Node(text)
    if len(parts) == 2:
        return Node(parts[1], schema=parts[0])
    if len(parts) == 3:
        return Node(parts[1], schema=parts[0], column=parts[2])
    if len(parts) == 4:
        return Node(parts[2], schema=f"{parts[0]}.{parts[1]}", column=parts[3])
    raise InvalidRecordError(f"the node {clip(text)!r} has too many parts", hint=_HINT)
