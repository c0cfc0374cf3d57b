"""Calls for a human, the CEO or another agent."""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional, Tuple

from ._recorded import Recorded
from ._text import error_text


class Escalation(Recorded):
    """An escalation. One with a subject is recorded at once; one without is recorded where its block, or the function
    it is put on, fails."""

    _kind = "escalation_logs"
    _time = "escalated_at"
    _what = "a step"

    def log(self) -> Escalation:
        """Record it as it stands."""
        self._record()
        return self

    def acknowledge(self) -> None:
        """Record that the target has taken it up."""
        self._once("acknowledged_at", "taken up")
        self._fill({"acknowledged_at": self._now()})

    def resolve(self, resolution: Optional[str] = None, resolved_by: Optional[str] = None) -> None:
        """Record that it is settled, how, and by whom: by the agent itself where nobody is named."""
        self._once("resolved_at", "resolved")
        fields = {"resolved_at": self._now(), "resolved_by": resolved_by or self.resolved_by or self.source_agent}
        if resolution is not None:
            fields["resolution"] = resolution
        self._fill(fields)
        self._done = True

    def _begin(self) -> None:
        self._used = True

    def _end(self, error: Optional[BaseException]) -> None:
        if self._id is None:
            if isinstance(error, Exception):
                self.subject = f"{self._what} failed: {type(error).__name__}"
                if self.description is None:
                    self.description = error_text(error)
                self._record()
        elif error is None and not self._done and "resolution" in self._fields:
            self.resolve()

    def _another(self, function: Callable[..., Any], args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Escalation:
        own = super()._another(function, args, kwargs)
        own._what = getattr(function, "__qualname__", repr(function))
        return own
