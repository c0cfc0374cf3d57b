"""Texts in lower case, which keywords are looked for in."""

from __future__ import annotations

from typing import Dict, Optional


def lowered(s: str) -> str:
    """The text with ASCII letters in lower case, and of the same length."""
    return s.lower() if s.isascii() else s.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")


class Lowered:
    """A text, and what it was asked for already: a keyword may be in it again and again."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._low: Optional[str] = None
        self._has: Dict[str, bool] = {}

    def has(self, word: str) -> bool:
        if word not in self._has:
            if self._low is None:
                self._low = lowered(self.text)
            self._has[word] = word in self._low
        return self._has[word]
