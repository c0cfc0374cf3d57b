"""The rules of redaction, and the search for what they find. The rules are data, the same for Go and Python; what is
done with them stands in redact/find.go as well, and a test holds the two together.

Python cannot find hundreds of keywords in one pass, so a text is first asked what it may hold at all: a long run of
letters and digits, something assigned to a name, or one of the few keywords that may stand anywhere.
"""

from __future__ import annotations

import bisect
import json
import math
import pkgutil
import re
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Pattern, Tuple

from ._redact_checks import CHECKS, is_word, named
from ._redact_lowered import Lowered, lowered

MARK = re.compile(r"\[REDACTED:([a-z0-9-]{1,64})\]", re.ASCII)
_LIMIT = 2048
_BLOB = re.compile(r"[A-Za-z0-9_+/]{200}", re.ASCII)

# Something assigned to a name: the operator, and behind it what may be a secret.
_ASSIGNED = re.compile(
    r"[=>:|,?](?<![=>:|,?][=>:|,?])[=>:|,?]{0,3}[`'\"=\\ \t\r\n\f]{0,6}"
    r"(?=[\w.=+/-]{5})(?=[\w.=+/-]{0,255}?\d|[^a-zA-Z]{0,255}(?:[a-z][a-z\d_.=+/-]{0,255}[A-Z]|[A-Z][A-Z\d_.=+/-]{0,255}[a-z]))",
    re.ASCII,
)
_NAME = re.compile(r"[\w \t.\r\n\f\"'\\-]{0,40}", re.ASCII)
_QUOTES = re.compile(r"[=>:|,?]{1,4}[`'\"=\\ \t\r\n\f]{0,6}", re.ASCII)
_VALUE = re.compile(r"[\w.=+/-]{0,256}", re.ASCII)
_RUN = re.compile(r"[A-Za-z0-9_.~+/=-]{13,}", re.ASCII)
_HEX_RUN = re.compile(r"[0-9a-f-]*", re.ASCII)
_HAS_DIGIT = re.compile(r"\d", re.ASCII)


class Found(NamedTuple):
    """A part of a text, and the rule that found it."""

    start: int
    end: int
    rule: "Rule"


class Rule:
    """One rule. Its regexes are compiled when they are needed first."""

    __slots__ = ("id", "order", "keywords", "data", "group", "back", "limit", "check", "least", "_regex", "_allow", "_match")

    def __init__(self, data: Dict[str, Any], order: int) -> None:
        self.id: str = data["id"]
        self.order = order
        self.data = data
        self.keywords: List[str] = data.get("keywords", [])
        self.group: int = data.get("group", 0)
        self.back: int = data.get("back", 0)
        self.limit: int = data.get("limit", _LIMIT)
        self.check = CHECKS.get(data.get("check", ""))
        self.least = 10 if data.get("check") == "generic" else 5
        self._regex: Optional[Pattern[str]] = None
        self._allow: Optional[List[Pattern[str]]] = None
        self._match: Optional[List[Pattern[str]]] = None

    @property
    def regex(self) -> Pattern[str]:
        if self._regex is None:
            self._regex = re.compile(self.data["regex"], re.ASCII)
        return self._regex

    def allows(self, secret: str, match: str) -> bool:
        """Whether a secret is none after all."""
        if self.data.get("entropy") and entropy(secret) <= self.data["entropy"]:
            return True
        if self._allow is None:
            self._allow = shared_allow() + [re.compile(text, re.ASCII) for text in self.data.get("allow", [])]
            self._match = [re.compile(text, re.ASCII) for text in self.data.get("allow_match", [])]
        if any(a.search(secret) for a in self._allow) or any(a.search(match) for a in self._match or ()):
            return True
        return bool(self.data.get("stopwords")) and stopwords().search(lowered(secret)) is not None


def entropy(s: str) -> float:
    """Shannon's, in bits a character."""
    counts: Dict[str, int] = {}
    for c in s:
        counts[c] = counts.get(c, 0) + 1
    return -sum(n / len(s) * math.log2(n / len(s)) for n in counts.values())


class Rules:
    """All rules, by how their keywords are looked for."""

    def __init__(self) -> None:
        raw = pkgutil.get_data(__package__ or "daybook", "_redact_rules.json")
        assert raw is not None
        self.file = json.loads(raw)
        vague = {"generic": 3, "assigned": 2, "password": 2, "curl": 2, "token": 1}
        data = [d for d in self.file["rules"] if "pii" not in d]
        data.sort(key=lambda d: vague.get(d.get("check", ""), 0))
        self.anywhere: Dict[str, List[Rule]] = {}
        self.in_runs: Dict[str, List[Rule]] = {}
        self.assigned: Dict[str, List[Rule]] = {}
        for order, d in enumerate(data):
            rule = Rule(d, order)
            sort = self.in_runs if d.get("run") else self.assigned if d.get("assigned") else self.anywhere
            for keyword in rule.keywords:
                sort.setdefault(keyword, []).append(rule)
        begin = [k for k, rules in self.in_runs.items() if all(r.data.get("word") and not r.back for r in rules)]
        self.any_word = re.compile(_trie(self.anywhere), re.ASCII)
        self.any_name = re.compile(_trie(self.assigned) + r"(?=[\w \t.\r\n\f\"'\\-]{0,40}$)", re.ASCII)
        self.any_begin = re.compile(r"\b" + _trie(begin), re.ASCII)
        self.any_within = re.compile(_trie(k for k in self.in_runs if k not in begin), re.ASCII)

    def hits(self, text: str) -> List[Tuple[int, str, Rule]]:
        """Where keywords stand that are worth a try, in order."""
        low = lowered(text)
        hits: List[Tuple[int, str, Rule]] = []
        if self.any_word.search(low):
            hits += _all_of(self.anywhere, low, 0, len(low))
        for m in _RUN.finditer(text):
            run = low[m.start() : m.end()]
            if _telling(m[0], run) and (self.any_begin.search(run) or self.any_within.search(run)):
                hits += _all_of(self.in_runs, low, m.start(), m.end())
        for m in _ASSIGNED.finditer(text):
            begin = max(0, m.start() - 80)
            if self.any_name.search(low, begin, m.start()):
                names = _all_of(self.assigned, low, begin, m.start())
                hits += (hit for hit in names if assigned_behind(text, hit[0] + len(hit[1]), hit[2].least))
        return sorted(set(hits), key=_in_order) if hits else hits


def _telling(run: str, low: str) -> bool:
    """Whether a run is not one word, nor of hexadecimal digits alone."""
    if run == low and len(run) < 30 and not _HAS_DIGIT.search(run):
        return False
    return not _HEX_RUN.fullmatch(run)


def _in_order(hit: Tuple[int, str, Rule]) -> Tuple[int, int]:
    return hit[0] + len(hit[1]), hit[2].order


def _all_of(words: Dict[str, List[Rule]], low: str, begin: int, end: int) -> Iterator[Tuple[int, str, Rule]]:
    """Where each of some words stands."""
    for word, rules in words.items():
        at = low.find(word, begin, end)
        while at >= 0:
            for rule in rules:
                yield at, word, rule
            at = low.find(word, at + 1, end)


def _trie(words: Iterable[str]) -> str:
    """A regex that finds any of many words, and looks at no character twice for that."""
    root: Dict[str, Any] = {}
    for word in words:
        node = root
        for c in word:
            node = node.setdefault(c, {})
        node[""] = {}
    return _branches(root)


def _branches(node: Dict[str, Any]) -> str:
    if "" in node:
        return ""
    branches = [re.escape(c) + _branches(node[c]) for c in sorted(node)]
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


_rules: Optional[Rules] = None
_allow: Optional[List[Pattern[str]]] = None
_stop: Optional[Pattern[str]] = None


def rules() -> Rules:
    global _rules
    if _rules is None:
        _rules = Rules()
    return _rules


def shared_allow() -> List[Pattern[str]]:
    global _allow
    if _allow is None:
        _allow = [re.compile(text, re.ASCII) for text in rules().file["allow"]]
    return _allow


def stopwords() -> Pattern[str]:
    global _stop
    if _stop is None:
        _stop = re.compile("|".join(map(re.escape, rules().file["stopwords"])))
    return _stop


def assigned_behind(text: str, end: int, least: int) -> bool:
    """Whether something long enough to be a secret is assigned to the name that ends there."""
    m = _NAME.match(text, end)
    m = _QUOTES.match(text, m.end() if m else end)
    if m is None:
        return False
    value = _VALUE.match(text, m.end())[0]  # type: ignore[index]
    return len(value) >= least and (_HAS_DIGIT.search(value) is not None or (value != value.lower() and value != value.upper()))


def may_hold(text: str) -> bool:
    """Whether there may be something to find in a text, or a mark is in it."""
    return "[REDACTED:" in text or bool(rules().hits(text))


def find(text: str) -> List[Found]:
    """What the rules find in a text, in order and apart from each other. Nothing that meets a mark is found."""
    found: List[Found] = []
    ends: Dict[Rule, int] = {}
    whole: Dict[Rule, None] = {}
    low = Lowered(text)
    for at, _, rule in rules().hits(text):
        if rule.data.get("find"):
            whole[rule] = None
            continue
        m = _tried(low, at, rule, ends)
        one = _considered(text, m, rule) if m else None
        if one is not None:
            found.append(one)
            ends[rule] = one.end
    for rule in whole:
        found += filter(None, (_considered(text, m, rule) for m in rule.regex.finditer(text)))
    return _apart(_unmarked(text, found)) if found else found


def _unmarked(text: str, found: List[Found]) -> List[Found]:
    """Those that meet no mark."""
    marks = [m.span() for m in MARK.finditer(text)]
    if not marks:
        return found
    ends = [end for _, end in marks]

    def meets(f: Found) -> bool:
        i = bisect.bisect_right(ends, f.start)
        return i < len(marks) and marks[i][0] < f.end

    return [f for f in found if not meets(f)]


def _tried(low: Lowered, at: int, rule: Rule, ends: Dict[Rule, int]) -> Optional["re.Match[str]"]:
    """Tries a rule where its keyword stands."""
    text = low.text
    data = rule.data
    start = at - rule.back
    if start < 0 or (data.get("word") and start > 0 and is_word(text[start - 1])):
        return None
    if start < ends.get(rule, 0) or (data.get("needs") and not low.has(data["needs"])):
        return None
    return rule.regex.match(text, start, min(len(text), start + rule.limit))


def _considered(text: str, m: "re.Match[str]", rule: Rule) -> Optional[Found]:
    """Keeps a match unless something speaks against it."""
    start, end = m.span(rule.group)
    if start < 0:
        start, end = m.span()
    if rule.check is not None:
        smaller = rule.check(text, m.start(), start, end)
        if smaller is None:
            return None
        start, end = smaller
    if start >= end or rule.allows(text[start:end], text[named(text, m.start()) : m.end()]):
        return None
    if start >= 200 and _BLOB.match(text, start - 200):
        return None
    return Found(start, end, rule)


def _apart(found: List[Found]) -> List[Found]:
    """Makes one of spans that meet. The rule that is most certain names it."""
    found.sort(key=lambda f: (f.start, f.end, f.rule.order))
    kept = found[:1]
    for f in found[1:]:
        last = kept[-1]
        if f.start >= last.end:
            kept.append(f)
        else:
            kept[-1] = Found(last.start, max(last.end, f.end), f.rule if f.rule.order < last.rule.order else last.rule)
    return kept
