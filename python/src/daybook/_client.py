"""The recorder: what a record passes on its way from the caller to the spool."""

from __future__ import annotations

import atexit
import json
import os
import threading
import time
from typing import Any, Dict, Mapping, NamedTuple, Optional, Set, Union

from . import _catalog, _config
from ._errors import LoggingError
from ._ids import new_id, now_text
from ._redact import redact_record
from ._sender import Sender
from ._spool import Writer

_to_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")).encode


class Receipt(NamedTuple):
    """What the caller knows of a record that was taken.

    ``id`` is the subject's id; None where the ledger gives it, or the caller brought a log_id and left it out.
    """

    kind: str
    id: Optional[str]
    log_id: str


class Recorder:
    """Takes records, keeps them in a spool on disk, and has them delivered to a Daybook server.

    A call returns once the record stands in the spool, and never waits for the network. From then on it survives the
    end of the program, however that comes, and is delivered exactly once: by this process, or by the next one that
    uses the same spool. Recorders may be used from any thread, and on either side of a fork.

    Arguments win over the environment: ``url`` (DAYBOOK_URL, else http://127.0.0.1:7777), ``token``
    (DAYBOOK_TOKEN), ``spool`` (a folder of its own; else one per server and token below DAYBOOK_SPOOL or
    ~/.local/state/daybook/spool), ``agent`` (DAYBOOK_AGENT; named on records that name none). ``max_bytes`` bounds
    the spool. ``timeout`` is that of one request, ``exit_timeout`` how long the end of the program may wait for delivery.
    """

    def __init__(
        self,
        url: Optional[str] = None,
        token: Optional[str] = None,
        *,
        spool: Union[str, "os.PathLike[str]", None] = None,
        max_bytes: Optional[int] = None,
        agent: Optional[str] = None,
        business_id: Optional[str] = None,
        timeout: float = 30.0,
        exit_timeout: float = 5.0,
    ) -> None:
        _config.require_main_interpreter()
        self.settings = _config.settings(url, token, spool, max_bytes, agent, business_id, timeout, exit_timeout)
        self._writer = Writer(self.settings.directory, self.settings.max_bytes, self.settings.url)
        self._sender = Sender(self.settings, self._writer)
        _recorders.add(self)

    @property
    def agent(self) -> Optional[str]:
        """Who is named on records that name no agent."""
        return self.settings.agent

    def record(self, kind: str, fields: Mapping[str, Any], amend: bool = False) -> Receipt:
        """Takes one record of a kind, or with ``amend`` an amendment of a subject that exists.

        The ids and the time that are absent are made here, secrets are taken out, and the whole is checked as the
        server would. Raises :class:`LoggingError` for what is not allowed, or when the spool is full or cannot be
        written; then nothing was recorded.
        """
        shape = _catalog.kind_named(kind)
        given = dict(fields)
        if not amend:
            self._name(shape, given)
        values = _catalog.validate(kind, given, amend)
        if "log_id" not in values:
            self._complete(shape, values, amend)
        values = redact_record(kind, values)
        _catalog.cut_previews(kind, values)
        head: Dict[str, Any] = {"kind": kind, "amend": True} if amend else {"kind": kind}
        self._writer.append(_to_json({**head, **values}).encode("utf-8"))
        self._sender.wake()
        return Receipt(kind, values.get(shape.subject), values["log_id"])

    def _name(self, shape: Any, fields: Dict[str, Any]) -> None:
        """Names the agent and the business, where the caller names none."""
        if shape.agent and self.settings.agent and fields.get(shape.agent) is None:
            fields[shape.agent] = self.settings.agent
        if self.settings.business_id and fields.get("business_id") is None:
            fields["business_id"] = self.settings.business_id

    @staticmethod
    def _complete(shape: Any, values: Dict[str, Any], amend: bool) -> None:
        """Makes the log_id, and the id and the time of a record that begins a subject. What is told only at its end
        began no later than it ended. A record that brings its log_id may be said again by another process, at another
        time: what it leaves out is left to the ledger, which knows that it filled it in.
        """
        values["log_id"] = new_id()
        if amend:
            return
        if not shape.serial and shape.subject not in values:
            values[shape.subject] = new_id()
        if shape.time not in values:
            values[shape.time] = min([now_text()] + [values[name] for name in shape.after if name in values])

    def flush(self, timeout: Optional[float] = None) -> bool:
        """Waits until everything that this process had recorded when it was called is delivered, or was rejected by
        the server; False when ``timeout`` seconds were over first. What is left is delivered later."""
        return self._sender.flush(timeout)

    def close(self, timeout: Optional[float] = None) -> bool:
        """Flushes for at most ``timeout`` seconds (the recorder's exit_timeout where None), and ends the recorder:
        what is recorded after it raises. False where something is left in the spool, for the next process."""
        self._writer.close()
        _recorders.discard(self)
        return self._sender.close(self.settings.exit_timeout if timeout is None else timeout)

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


_recorders: Set[Recorder] = set()  # those that are not closed: each has a thread
_lock = threading.RLock()
_default: Optional[Recorder] = None


def get_recorder() -> Recorder:
    """The process's own recorder: what :func:`configure` made, else one from the environment, made at first use."""
    global _default
    recorder = _default
    if recorder is None:
        with _lock:
            if _default is None:
                _default = Recorder()
            recorder = _default
    return recorder


def configure(**options: Any) -> Recorder:
    """Makes the process's own recorder; the options are those of :class:`Recorder`. One that was there before is
    closed, and what it still holds in its spool is delivered by the next process that uses that spool."""
    global _default
    recorder = Recorder(**options)
    with _lock:
        before, _default = _default, recorder
    if before is not None:
        before.close()
    return recorder


def flush(timeout: Optional[float] = None) -> bool:
    """Flushes the process's own recorder; see :meth:`Recorder.flush`."""
    return True if _default is None else _default.flush(timeout)


def record(kind: str, fields: Mapping[str, Any], amend: bool = False) -> Receipt:
    """Records with the process's own recorder; see :meth:`Recorder.record`."""
    return get_recorder().record(kind, fields, amend)


def _at_exit() -> None:
    """Delivers what it can in the time that the recorders allow, which they share."""
    begun = time.monotonic()
    try:
        for recorder in list(_recorders):
            recorder._sender.leave(recorder.settings.exit_timeout - (time.monotonic() - begun))
    except KeyboardInterrupt:
        pass  # somebody will not wait: what is left is delivered by the next process


def _after_fork_in_child() -> None:
    """Before anything else happens in the child, as it must not write to the segment of its parent."""
    global _lock
    _lock = threading.RLock()
    for recorder in list(_recorders):
        recorder._writer.after_fork()
        recorder._sender.after_fork()


atexit.register(_at_exit)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)

__all__ = ["LoggingError", "Receipt", "Recorder", "configure", "flush", "get_recorder", "record"]
