"""What the code that runs now belongs to: a conversation, a session, an ingest run.

Context variables follow a thread, and an asyncio task and the tasks it starts;
they do not cross into threads that are started.
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    from .collector import IngestRun
    from .conversation import Conversation
    from .transformation import TransformationLogger

conversation: ContextVar[Optional["Conversation"]] = ContextVar("daybook_conversation", default=None)
session: ContextVar[Optional["TransformationLogger"]] = ContextVar("daybook_session", default=None)
ingest: ContextVar[Optional["IngestRun"]] = ContextVar("daybook_ingest", default=None)


def conversation_id() -> Optional[str]:
    """The id of the conversation that runs, or None."""
    current = conversation.get()
    return None if current is None else current.id


def session_id() -> Optional[str]:
    """The id of the session that runs, or None."""
    current = session.get()
    return None if current is None else current.session_id


def ingest_run_id() -> Optional[str]:
    """The id of the ingest run that runs, or None."""
    current = ingest.get()
    return None if current is None else current.id


def leave(variable: ContextVar[Any], token: Token[Any]) -> None:
    """Set a variable back. Where a block ends in another context than it began
    in, as a generator that is collected does, there is nothing to set back."""
    try:
        variable.reset(token)
    except ValueError:
        pass
