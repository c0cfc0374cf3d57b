"""What the server refused is put aside in rejects.ndjson, with the reason, and holds nobody up."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from pathlib import Path
from typing import Any, Dict, List, Tuple

from ._files import REJECTS, locked
from ._ids import now_text
from ._segments import Line


def append_rejects(directory: Path, refused: List[Tuple[Line, Dict[str, Any]]]) -> None:
    """Appends lines and the problems that the server had with them, in one write."""
    data = b"".join(_entry(line, problem) for line, problem in refused)
    with locked(f"{directory}/rejects.lock"):
        fd = os.open(directory / REJECTS, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = _cut_half_line(fd)
            if os.write(fd, data) < len(data):
                os.ftruncate(fd, size)
                raise OSError("no room for what the server refused")
        finally:
            os.close(fd)


def _cut_half_line(fd: int) -> int:
    """Cuts away what a process that was killed left half written: its records are not behind the position yet."""
    size = os.fstat(fd).st_size
    end = size
    while end and os.pread(fd, 1, end - 1) != b"\n":
        start = max(0, end - (1 << 16))
        end = start + os.pread(fd, end - start, start).rfind(b"\n") + 1
    if end < size:
        os.ftruncate(fd, end)
    return end


def _entry(line: Line, problem: Dict[str, Any]) -> bytes:
    about: Dict[str, Any] = {"time": now_text(), "segment": f"{line.segment.number:016d}", "offset": line.start, "problem": problem}
    head = json.dumps(about, ensure_ascii=False).encode("utf-8", "replace")[:-1]
    if line.record is not None and _is_json(line.record):
        return head + b', "record": ' + line.record + b"}\n"  # as it stood, to the byte
    return head + b', "line": "' + b64encode(line.text) + b'"}\n'


def _is_json(record: bytes) -> bool:
    try:
        json.loads(record)
    except ValueError:
        return False
    return True
