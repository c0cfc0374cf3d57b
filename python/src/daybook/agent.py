"""What an agent thinks, decides, does and spends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional

from . import _catalog, _context
from ._calls import Calls
from ._client import Recorder, get_recorder
from ._ids import now_text
from ._text import MAX_MESSAGE
from .conversation import Conversation

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._fields import ConversationFields


class AgentLogger(Calls):
    """Logs what an agent in a position, such as CFO, says, thinks, decides and does.

        agent = AgentLogger('CFO')

        with agent.conversation('Is there money for it?', model_name='claude-3.5-sonnet') as conversation:
            agent.think('The budget has 3,000 left.', thinking_type='analysis', confidence_level=0.9)
            with agent.mcp_call('files', 'read_file', {'path': 'budget.csv'}) as call:
                call.result(read('budget.csv'))
            agent.decide('Pay the invoice', chosen_option='pay', options=['pay', 'wait'], requires_human_review=True)
            conversation.usage(input_tokens=1200, output_tokens=340)

    Inside the block of a conversation everything belongs to it, in the functions that are called and the asyncio tasks
    that are started there too; in a thread, call the conversation's own ``think`` and so on. Inside the block of a
    :class:`TransformationLogger`, actions and calls of tools belong to its session, and the session to the conversation.

    ``agent_position`` is DAYBOOK_AGENT where it is left out. ``conversation_id`` and ``session_id`` stand for what was
    begun elsewhere.
    """

    def __init__(
        self,
        agent_position: Optional[str] = None,
        business_id: Optional[str] = None,
        conversation_id: Optional[str] = None,
        session_id: Optional[str] = None,
        *,
        recorder: Optional[Recorder] = None,
    ) -> None:
        given = {"agent_position": agent_position, "business_id": business_id, "conversation_id": conversation_id, "session_id": session_id}
        self._given = _catalog.check_fields("action_logs", given)
        self._recorder = recorder

    def conversation(self, prompt: Optional[str] = None, **fields: Unpack[ConversationFields]) -> Conversation:
        """A conversation, of whose prompt the first 500 characters are recorded: ``model_provider``, ``model_name``,
        ``model_version``, ``command_executed`` and so on. Enter it by ``with`` or ``async with``, put it on a function
        (the text that it returns is the answer; of a response that has a usage, the tokens are added), or call
        ``begin`` and ``end``."""
        if prompt is not None:
            fields.setdefault("user_prompt_preview", prompt[:MAX_MESSAGE])
        return Conversation(self, fields)

    def review(self, decision_id: str, reviewer: str, override: Optional[str] = None) -> None:
        """Record that a human has looked at a decision, and what the human decided instead; None where it stands."""
        self._amend("decision_logs", {
            "decision_id": decision_id, "human_reviewed": True, "human_reviewer": reviewer, "human_review_at": now_text(),
            "human_override": override,
        })  # fmt: skip

    def acknowledge(self, escalation_id: str) -> None:
        """Record that an escalation has been taken up."""
        self._amend("escalation_logs", {"escalation_id": escalation_id, "acknowledged_at": now_text()})

    def resolve(self, escalation_id: str, resolution: Optional[str] = None, resolved_by: Optional[str] = None) -> None:
        """Record that an escalation is settled, how, and by whom: by this agent where nobody is named."""
        self._amend("escalation_logs", {
            "escalation_id": escalation_id, "resolved_at": now_text(), "resolution": resolution,
            "resolved_by": resolved_by or self._position(),
        })  # fmt: skip

    def _position(self) -> Optional[str]:
        return self._given.get("agent_position") or self._target().agent

    def _defaults(self, kind: str) -> Dict[str, Any]:
        return self._named(kind, _context.conversation.get())

    def _named(self, kind: str, conversation: Optional[Conversation]) -> Dict[str, Any]:
        """The columns that say who records, and in what."""
        found: Dict[str, Any] = {"agent_position": self._position(), "business_id": self._given.get("business_id")}
        if kind != "conversations":
            found["conversation_id"] = self._given.get("conversation_id") if conversation is None else conversation.id
        found["session_id"] = _context.session_id() or self._given.get("session_id")
        if kind == "escalation_logs":
            found["source_agent"], found["source_conversation_id"] = found.pop("agent_position"), found.pop("conversation_id")
        columns = _catalog.kind_named(kind).columns
        return {name: value for name, value in found.items() if value is not None and name in columns}

    def _step_number(self) -> Optional[int]:
        current = _context.conversation.get()
        return None if current is None else current._step_number()

    def _write(self, kind: str, fields: Mapping[str, Any]) -> Optional[str]:
        return self._target().record(kind, fields).id

    def _amend(self, kind: str, fields: Mapping[str, Any]) -> None:
        self._target().record(kind, fields, amend=True)

    def _target(self) -> Recorder:
        return self._recorder or get_recorder()
