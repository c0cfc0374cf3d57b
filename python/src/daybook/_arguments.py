"""The arguments of a call, as parameters of a tool."""

from __future__ import annotations

import inspect
from typing import Any, Callable, Dict, Mapping, Optional, Tuple

from . import _plain
from ._errors import InvalidRecordError

LONGEST = 2000  # characters of a text that is passed: more is content, not a parameter


def arguments_of(function: Callable[..., Any], args: Tuple[Any, ...], kwargs: Mapping[str, Any]) -> Optional[Dict[str, Any]]:
    """The arguments by their names, without the object of a method; None where there are none.

    >>> def write(path, text, mode="w", **more): ...
    >>> arguments_of(write, ("a.md", "x" * 5000), {"client": object()})["client"]
    '<object>'
    """
    try:
        signature = inspect.signature(function)
        bound = signature.bind(*args, **kwargs).arguments
    except (TypeError, ValueError):  # a builtin that does not tell, or a call that is going to fail
        return None
    found: Dict[str, Any] = {}
    for i, (name, value) in enumerate(bound.items()):
        kind = signature.parameters[name].kind
        if i == 0 and name in ("self", "cls"):
            continue
        if kind is inspect.Parameter.VAR_KEYWORD:
            found.update((key, _told(member)) for key, member in value.items())
        else:
            found[name] = _told(list(value)) if kind is inspect.Parameter.VAR_POSITIONAL else _told(value)
    return found or None


def _told(value: Any) -> Any:
    try:
        value = _plain.plain(value)
    except InvalidRecordError:
        return f"<{type(value).__name__}>"
    if isinstance(value, str) and len(value) > LONGEST:
        return f"{value[:LONGEST]}… ({len(value)} characters)"
    return value
