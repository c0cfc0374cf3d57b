"""Ids and times as the ledger writes them."""

from __future__ import annotations

import os
import threading
import time
from datetime import datetime, timezone

_lock = threading.RLock()  # as a signal handler may want an id while one is made
_last = 0


def new_id() -> str:
    """A UUID of version 7 (RFC 9562): milliseconds since 1970, twelve bits of the millisecond's fraction, and 62
    random bits. Those of one process grow, which keeps the ledger's indexes narrow where they are written.
    """
    global _last
    now = time.time_ns()
    stamp = (now // 1_000_000 << 12) | ((now % 1_000_000 << 12) // 1_000_000)
    with _lock:
        stamp = _last = max(stamp, _last + 1)
    tail = int.from_bytes(os.urandom(8), "big") & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    text = f"{stamp >> 12:012x}7{stamp & 0xFFF:03x}{tail:016x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def format_time(moment: datetime) -> str:
    """RFC 3339 in UTC with six digits. A time without an offset is taken as UTC."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        moment = moment.replace(tzinfo=None)
    else:
        moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
    return moment.isoformat(timespec="microseconds") + "Z"


def now_text() -> str:
    """The time of the call, canonical."""
    return datetime.now(timezone.utc).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _after_fork_in_child() -> None:
    global _lock
    _lock = threading.RLock()  # another thread of the parent may have held it


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
