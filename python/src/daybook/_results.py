"""What came of a call of a tool, told without the data that it gave."""

from __future__ import annotations

from typing import Any, List, Mapping, Optional


def _get(source: Any, *names: str) -> Any:
    for name in names:
        value = source.get(name) if isinstance(source, Mapping) else getattr(source, name, None)
        if value is not None:
            return value
    return None


def failure_of(result: Any) -> Optional[str]:
    """The message of a tool's result that says that the call failed, else None.

    >>> failure_of({"isError": True, "content": [{"type": "text", "text": "no such file"}]})
    'no such file'
    """
    if _get(result, "isError", "is_error") is not True:
        return None
    said: List[str] = [text for text in (_get(part, "text") for part in _parts(result)) if isinstance(text, str)]
    return "\n".join(said) or "the tool says that it failed"


def summary_of(result: Any) -> Optional[str]:
    """What a tool's result is made of; None for what is no such result.

    >>> summary_of({"content": [{"type": "text", "text": "a,b\\n1,2"}, {"type": "image", "data": "…"}]})
    '2 parts: text (7 characters), image'
    """
    parts = _parts(result)
    if not parts:
        return None
    told = []
    for part in parts:
        text = _get(part, "text")
        kind = str(_get(part, "type") or "part")
        told.append(f"{kind} ({len(text)} characters)" if isinstance(text, str) else kind)
    more = "" if len(told) <= 10 else f" and {len(told) - 10} more"
    return f"{len(told)} part{'s' if len(told) > 1 else ''}: {', '.join(told[:10])}{more}"


def _parts(result: Any) -> List[Any]:
    content = _get(result, "content")
    return list(content) if isinstance(content, (list, tuple)) else []
