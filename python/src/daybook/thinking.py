"""What an agent thinks and decides."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Mapping, Optional

from ._ids import now_text
from ._recorded import Recorded
from ._text import error_text

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._fields import DecisionFields


class Thought(Recorded):
    """A step of reasoning. In a block it is recorded at the end, with what was set by then."""

    _kind = "thinking_logs"
    _time = "timestamp"

    def log(self) -> Thought:
        """Record it as it stands."""
        self._record()
        return self

    def _record(self) -> None:
        if self.step_number is None:
            self.step_number = self._by._step_number()
        super()._record()

    def _begin(self) -> None:
        self._still_open()
        self._used = True
        self._fields.setdefault("timestamp", now_text())

    def _end(self, error: Optional[BaseException]) -> None:
        if error is not None:
            so_far = self._fields.get("thinking_content", "")
            self.thinking_content = f"{so_far}\n(interrupted by {error_text(error)})".lstrip()
        self._record()

    def _take(self, result: Any) -> None:
        if isinstance(result, str):
            self.thinking_content = result
        elif isinstance(result, Mapping):
            self._take_columns(result)


class Decision(Recorded):
    """A decision. In a block it is recorded at the end, when it is made."""

    _kind = "decision_logs"
    _time = "decided_at"

    def log(self) -> Decision:
        """Record it as it stands."""
        self._record()
        return self

    def choose(self, chosen_option: str, rationale: Optional[str] = None, **fields: Unpack[DecisionFields]) -> None:
        """Say which option is taken, and why."""
        self.chosen_option = chosen_option
        if rationale is not None:
            self.rationale = rationale
        for name, value in fields.items():
            setattr(self, name, value)

    def review(self, reviewer: str, override: Optional[str] = None) -> None:
        """Record that a human has looked at it, and what the human decided instead; None where it stands."""
        self._once("human_review_at", "reviewed")
        self._fill({"human_reviewed": True, "human_reviewer": reviewer, "human_review_at": self._now(), "human_override": override})

    def _begin(self) -> None:
        self._still_open()
        self._used = True

    def _end(self, error: Optional[BaseException]) -> None:
        if error is not None and not self.chosen_option and not self.rationale:
            self.rationale = f"not decided: {error_text(error)}"
        self._record()

    def _take(self, result: Any) -> None:
        if isinstance(result, Mapping):
            self._take_columns(result)
        elif isinstance(result, Enum):
            self.chosen_option = result.name
        elif isinstance(result, (str, bool, int, float)):
            self.chosen_option = str(result)
