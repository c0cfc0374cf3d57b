"""Conversations of an agent with its model."""

from __future__ import annotations

import itertools
import threading
from contextvars import Token
from typing import Any, Callable, Dict, Mapping, Optional, TYPE_CHECKING, Tuple, Union

from . import _catalog, _context
from ._calls import Calls
from ._errors import InvalidRecordError, LoggingError
from ._recorded import Recorded
from ._text import MAX_MESSAGE, error_text
from ._usage import TOKENS, may_have_usage, tokens_of, usage_in

if TYPE_CHECKING:
    from .agent import AgentLogger

_SUMMED = (*TOKENS, "cost_usd")


class Conversation(Recorded, Calls):
    """A conversation: recorded as it begins, and its tokens, cost, answer and status as it ends. What is recorded in
    its block, or by its own ``think``, ``decide``, ``action``, ``mcp_call`` and ``escalate``, belongs to it."""

    _kind = "conversations"
    _time = "started_at"

    def __init__(self, by: AgentLogger, fields: Mapping[str, Any]) -> None:
        super().__init__(by, fields)
        self._agent = by
        self._sums: Dict[str, Any] = {name: self._fields[name] for name in _SUMMED if name in self._fields}
        self._lock = threading.Lock()
        self._steps = itertools.count(1)
        self._token: Optional[Token[Any]] = None

    def usage(self, usage: Any = None, **counts: Union[int, float, None]) -> None:
        """Add what a call of the model used: ``input_tokens`` (cached ones included), ``output_tokens``,
        ``cache_read_tokens``, ``cache_write_tokens``, ``reasoning_tokens``, ``cost_usd``; or a response of the
        Anthropic or OpenAI SDK, or its usage. The sums are recorded when the conversation ends."""
        unknown = [name for name in counts if name not in _SUMMED]
        if unknown:
            raise TypeError(f"usage() takes {', '.join(_SUMMED)}; not {', '.join(unknown)}")
        found = _catalog.check_fields(self._kind, {**(_tokens_in(usage) if usage is not None else {}), **counts})
        if "total_tokens" not in found and ("input_tokens" in found or "output_tokens" in found):
            found["total_tokens"] = found.get("input_tokens", 0) + found.get("output_tokens", 0)
        with self._lock:
            for name, count in found.items():
                self._sums[name] = round(self._sums.get(name, 0) + count, 12)  # no 0.30000000000000004 dollars

    def respond(self, text: Optional[str]) -> None:
        """Say what the answer was; its first 500 characters are recorded. None, as of an answer that is nothing but
        calls of tools, says nothing."""
        self.response_preview = text[:MAX_MESSAGE] if isinstance(text, str) else text

    def begin(self) -> Conversation:
        """Record that it begins; ``end`` is to follow."""
        self._start()
        return self

    def end(self, *, error: Union[BaseException, str, None] = None, **fields: Any) -> None:
        """Record that it is over: completed, or with an error; a ``status`` of timeout may be given."""
        with self._lock:
            if self._done:
                raise LoggingError(f"conversation {self._id} has ended already", code="conflict", hint="begin a new one")
            out = {"ended_at": self._now(), **self._sums, **fields}
            if error is not None:
                out["error_message"] = error_text(error)
            if out.get("status") is None:
                out["status"] = "completed" if error is None else _status_of(error)
            self._fill(out)
            self._done = True

    def __enter__(self) -> Conversation:
        super().__enter__()
        self._token = _context.conversation.set(self)
        return self

    def _leave(self) -> None:
        if self._token is not None:
            token, self._token = self._token, None
            _context.leave(_context.conversation, token)

    def _begin(self) -> None:
        self._start()

    def _end(self, error: Optional[BaseException]) -> None:
        if not self._done:
            self.end(error=error)

    def _take(self, result: Any) -> None:
        if isinstance(result, str) and self.response_preview is None:
            self.respond(result)
        elif usage_in(result) is not None:
            self.usage(result)

    def _another(self, function: Callable[..., Any], args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Conversation:
        return Conversation(self._agent, self._fields)

    def _defaults(self, kind: str) -> Dict[str, Any]:
        fields = self._agent._named(kind, self)
        if "business_id" in self._sent and "business_id" not in fields:
            fields["business_id"] = self._sent["business_id"]
        return fields

    def _step_number(self) -> Optional[int]:
        return next(self._steps)

    def _write(self, kind: str, fields: Mapping[str, Any]) -> Optional[str]:
        return self._agent._write(kind, fields)

    def _amend(self, kind: str, fields: Mapping[str, Any]) -> None:
        self._agent._amend(kind, fields)


def _tokens_in(usage: Any) -> Dict[str, int]:
    found = tokens_of(usage)
    if not found and not may_have_usage(usage):
        raise InvalidRecordError(
            f"there is no count of tokens in a {type(usage).__name__}", path="/usage", hint="give the model's response, its usage, or counts by name"
        )
    return found


def _status_of(error: Union[BaseException, str]) -> str:
    """timeout for the errors that libraries name so, else error."""
    return "timeout" if any("Timeout" in c.__name__ for c in type(error).__mro__) else "error"
