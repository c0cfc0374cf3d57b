"""Token counts as the model providers' SDKs give them, in the ledger's words.

A conversation's ``input_tokens`` include those read from and written to a
cache. OpenAI counts so too; Anthropic counts them apart, and here they are
added. What is given may be an object, a dict, or a whole response that holds
one under ``usage``.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional

TOKENS = ("input_tokens", "output_tokens", "total_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")


def _get(source: Any, name: str) -> Any:
    return source.get(name) if isinstance(source, Mapping) else getattr(source, name, None)


def _count(source: Any, *names: str) -> Optional[int]:
    """The first of the names that holds a count; names with a dot lead into what is nested."""
    for name in names:
        value = source
        for part in name.split("."):
            value = None if value is None else _get(value, part)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return None


def usage_in(result: Any) -> Optional[Any]:
    """The usage that a model's response holds, or None."""
    usage = _get(result, "usage")
    return usage if usage is not None and _count(usage, "input_tokens", "prompt_tokens") is not None else None


def may_have_usage(result: Any) -> bool:
    """Says whether it is a response that could hold a usage, though this one has none, as one that is streamed."""
    return "usage" in result if isinstance(result, Mapping) else hasattr(result, "usage")


def tokens_of(usage: Any) -> Dict[str, int]:
    """The counts of a usage.

    >>> tokens_of({"input_tokens": 10, "cache_read_input_tokens": 90, "output_tokens": 5})  # Anthropic
    {'input_tokens': 100, 'output_tokens': 5, 'cache_read_tokens': 90}
    >>> tokens_of({"prompt_tokens": 100, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 90}})  # OpenAI
    {'input_tokens': 100, 'output_tokens': 5, 'cache_read_tokens': 90}
    """
    usage = usage_in(usage) or usage
    read, write = _count(usage, "cache_read_input_tokens"), _count(usage, "cache_creation_input_tokens")
    sent = _count(usage, "input_tokens", "prompt_tokens")
    if sent is not None:
        sent += (read or 0) + (write or 0)
    if read is None:
        read = _count(usage, "input_tokens_details.cached_tokens", "prompt_tokens_details.cached_tokens", "cache_read_tokens")
    found = {
        "input_tokens": sent,
        "output_tokens": _count(usage, "output_tokens", "completion_tokens"),
        "total_tokens": _count(usage, "total_tokens"),
        "cache_read_tokens": read,
        "cache_write_tokens": write if write is not None else _count(usage, "cache_write_tokens"),
        "reasoning_tokens": _count(
            usage, "output_tokens_details.reasoning_tokens", "completion_tokens_details.reasoning_tokens", "reasoning_tokens"
        ),
    }
    return {name: count for name, count in found.items() if count is not None}
