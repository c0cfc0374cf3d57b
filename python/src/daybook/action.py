"""What an agent does: actions, and calls of tools."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, Optional, TYPE_CHECKING, Tuple, TypeVar, Union

from ._errors import LoggingError
from ._arguments import arguments_of
from ._recorded import Recorded
from ._results import failure_of, summary_of
from ._text import error_text

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._fields import ActionFields, UsageFields

D = TypeVar("D", bound="Doing")

_OUTCOME = ("success", "result_summary", "error_message", "duration_ms", "completed_at")


class Doing(Recorded):
    """Something that is done: recorded as it begins, and its outcome as it ends."""

    def begin(self: D) -> D:
        """Record that it begins; ``complete`` or ``fail`` are to follow."""
        self._start()
        return self

    def _finish(self, fields: Mapping[str, Any]) -> None:
        """Record the outcome, once."""
        if self._done:
            raise LoggingError(f"the outcome of {self._kind} {self._id} is recorded already", code="conflict", hint="an outcome stands")
        out: Dict[str, Any] = {**self._fields, **fields}
        if out.get("duration_ms") is None:
            out["duration_ms"] = self._elapsed()
        if out.get("success") is None:
            out["success"] = out.get("error_message") is None
        self._fill(out)
        self._done = True

    def fail(self, error: Union[BaseException, str]) -> None:
        """Record that it failed, and of what."""
        self._finish({"success": False, "error_message": error_text(error)})

    def result(self, result: Any) -> Any:
        """Take the outcome from a tool's result, as MCP has it: one that says ``isError`` is a failure, another is
        summed up by its parts, without the data. Gives the result back."""
        failure = failure_of(result)
        if failure is not None:
            self.success, self.error_message = False, error_text(failure)
        elif self.result_summary is None:
            self.result_summary = summary_of(result)
        return result

    def _begin(self) -> None:
        self._start()

    def _end(self, error: Optional[BaseException]) -> None:
        if self._done:
            return  # it was ended by hand
        if error is not None:
            self.fail(error)
        else:
            self._finish({})

    def _take(self, result: Any) -> None:
        self.result(result)


class Action(Doing):
    """An action: recorded as it begins, and its outcome as it ends."""

    _kind = "action_logs"
    _time = "started_at"

    def complete(self, **fields: Unpack[ActionFields]) -> None:
        """Record how it ended: a success unless ``fields`` say otherwise."""
        self._finish(fields)

    def _finish(self, fields: Mapping[str, Any]) -> None:
        super()._finish({"completed_at": self._now(), **fields})

    def _another(self, function: Callable[..., Any], args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Action:
        own = super()._another(function, args, kwargs)
        if own.action_target is None:
            own.action_target = f"{getattr(function, '__module__', None)}.{getattr(function, '__qualname__', repr(function))}"
        return own


class MCPCall(Doing):
    """A call of a tool on an MCP server: recorded as it begins, and its outcome as it ends."""

    _kind = "mcp_usage_logs"
    _time = "called_at"

    def complete(self, **fields: Unpack[UsageFields]) -> None:
        """Record how it ended: a success unless ``fields`` say otherwise."""
        self._finish(fields)

    def _another(self, function: Callable[..., Any], args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> MCPCall:
        own = super()._another(function, args, kwargs)
        if own.parameters is None:
            own.parameters = arguments_of(function, args, kwargs)
        return own


def done(doing: D) -> D:
    """Record at once what is known with its outcome; leave the rest for a block to begin."""
    fields = doing._fields
    if any(name in fields for name in _OUTCOME):
        fields.setdefault("success", "error_message" not in fields)
        doing._record()
        doing._done = True
    return doing
