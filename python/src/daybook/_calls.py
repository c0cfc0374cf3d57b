"""What an agent, and a conversation of it, can record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Iterable, Mapping, Optional, Union

from .action import Action, MCPCall, done
from .escalation import Escalation
from .thinking import Decision, Thought

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._fields import ActionFields, DecisionFields, EscalationFields, ThinkingFields, UsageFields


class Calls:
    """The calls. What is whole is recorded at once; what is still to come is a step: enter it by ``with`` or
    ``async with``, or put it on a function, be it plain, ``async`` or a generator, for each call of it.

    Every column of the kind may be given, or be set as an attribute inside the block. An exception passes through
    and stands in the record.
    """

    def _defaults(self, kind: str) -> Dict[str, Any]:
        raise NotImplementedError

    def _step_number(self) -> Optional[int]:
        raise NotImplementedError

    def _write(self, kind: str, fields: Mapping[str, Any]) -> Optional[str]:
        raise NotImplementedError

    def _amend(self, kind: str, fields: Mapping[str, Any]) -> None:
        raise NotImplementedError

    def think(self, content: Optional[str] = None, **fields: Unpack[ThinkingFields]) -> Thought:
        """Record a step of reasoning: ``thinking_type`` (analysis, decision, planning, uncertainty),
        ``confidence_level`` from 0 to 1, ``options_considered``, ``decision_made``, ``rationale`` and so on.

        With its content it is recorded at once. Without, it is a step: in a block, set ``thinking_content`` and the
        rest; on a function, the text that it returns is the content, or a dict of columns.
        """
        thought = Thought(self, {"thinking_content": content, **fields})
        return thought if content is None else thought.log()

    def decide(
        self,
        summary: Optional[str] = None,
        *,
        chosen_option: Optional[str] = None,
        options: Optional[Iterable[Union[str, Mapping[str, Any]]]] = None,
        rationale: Optional[str] = None,
        **fields: Unpack[DecisionFields],
    ) -> Decision:
        """Record a decision: ``decision_type`` (routing, approval, escalation, action), the ``options`` weighed (each a
        text, or a dict of option, pros, cons and score), ``rationale``, ``confidence`` from 0 to 1,
        ``requires_human_review`` and so on.

        With its ``chosen_option`` it is recorded at once. Without, it is a step: in a block, ``choose`` an option; on a
        function, what it returns is the option chosen, or a dict of columns.
        """
        given: Dict[str, Any] = {"decision_summary": summary, "chosen_option": chosen_option, "rationale": rationale, **fields}
        if options is not None:
            given["options_evaluated"] = options
        decision = Decision(self, given)
        return decision if chosen_option is None else decision.log()

    def action(self, action_type: Optional[str] = None, target: Optional[str] = None, **fields: Unpack[ActionFields]) -> Action:
        """Record an action: its type (mcp_call, approval_request, escalation, file_write or another word), what it acts
        upon, and ``action_details``, never holding data.

        With an outcome (``success``, ``result_summary``, ``error_message``, ``duration_ms``) it is recorded at once.
        Without, it is a step, recorded as it begins; its end adds whether it worked, how long it took and, by an
        exception, what went wrong.
        """
        return done(Action(self, {"action_type": action_type, "action_target": target, **fields}))

    def mcp_call(self, server_name: str, tool_name: str, parameters: Any = None, **fields: Unpack[UsageFields]) -> MCPCall:
        """Record a call of a tool on an MCP server, as :meth:`action` does. ``call.result(r)`` takes the outcome from
        the tool's result. On a function, its arguments are the parameters, and what it returns is the result."""
        return done(MCPCall(self, {"server_name": server_name, "tool_name": tool_name, "parameters": parameters, **fields}))

    def escalate(self, subject: Optional[str] = None, **fields: Unpack[EscalationFields]) -> Escalation:
        """Call for a human, the CEO or another agent (``target``): ``escalation_type`` (red_phone, greenlight, question,
        alert), ``urgency`` (critical, high, normal), ``description``, ``sla_target``.

        With its subject it is recorded at once; ``acknowledge`` and ``resolve`` may follow, and a block that sets its
        ``resolution`` resolves it at its end. Without a subject it is a step that escalates where it fails.
        """
        escalation = Escalation(self, {"subject": subject, **fields})
        return escalation if subject is None else escalation.log()
