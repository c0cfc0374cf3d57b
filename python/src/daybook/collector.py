"""Data that enters the system from outside, and the collectors that fetch it."""

from __future__ import annotations

import inspect
import threading
from contextvars import Token
from typing import TYPE_CHECKING, Any, Callable, Dict, Mapping, Optional, Tuple

from . import _context
from ._client import Recorder, get_recorder
from ._recorded import Recorded
from ._step import Step
from ._text import error_text
from .transformation import TransformationLogger

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._fields import IngestFields, SessionFields

_COUNTS = ("records_fetched", "records_inserted", "records_updated", "records_failed")


class IngestRun(Recorded):
    """A collection of data: recorded as it begins, and its counts and status as it ends.

        with IngestRun('wasde_monthly', source='usda.gov', target_table='bronze.wasde_cell') as run:
            for page in pages():
                run.fetched(len(page))
                run.inserted(store(page))

    It ends COMPLETED, PARTIAL where some records failed, or FAILED by an exception, which passes through. A session
    that is checked out in its block is linked to it. Put on a function, it is a run for each call.
    """

    _kind = "ingest_run"
    _time = "started_at"

    def __init__(
        self, job_type: str, agent_id: Optional[str] = None, *, recorder: Optional[Recorder] = None, **fields: Unpack[IngestFields]
    ) -> None:
        super().__init__(_Target(recorder), {"job_type": job_type, "agent_id": agent_id, **fields})
        self._recorder = recorder
        self._lock = threading.Lock()
        self._owner: Optional[BaseCollector] = None
        self._token: Optional[Token[Any]] = None

    def fetched(self, count: int = 1) -> None:
        """Count records that the source gave."""
        self._count("records_fetched", count)

    def inserted(self, count: int = 1) -> None:
        """Count records that were new."""
        self._count("records_inserted", count)

    def updated(self, count: int = 1) -> None:
        """Count records that had changed."""
        self._count("records_updated", count)

    def failed(self, count: int = 1) -> None:
        """Count records that could not be taken."""
        self._count("records_failed", count)

    def partial(self, why: str) -> None:
        """Say that it did not get everything, and why."""
        self.status, self.error_message = "PARTIAL", error_text(why)

    def session(self, purpose: Optional[str] = None, **fields: Unpack[SessionFields]) -> TransformationLogger:
        """A logger of a session that this run feeds, by the same agent."""
        linked: Dict[str, Any] = {"agent_id": self.agent_id, "business_id": self.business_id, "ingest_run_id": self.id, **fields}
        return TransformationLogger(purpose=purpose, recorder=self._recorder, **linked)

    def begin(self) -> IngestRun:
        """Record that it begins; ``finish`` is to follow."""
        self._start()
        return self

    def finish(self, *, error: Any = None, **fields: Any) -> None:
        """Record how it ended: COMPLETED, PARTIAL where some records failed, FAILED where there is an error, unless
        a ``status`` is given."""
        out: Dict[str, Any] = {**self._fields, "completed_at": self._now(), **fields}
        if error is not None:
            out["status"], out["error_message"] = "FAILED", error_text(error)
        if out.get("status") is None:
            out["status"] = "FAILED" if out.get("error_message") else "PARTIAL" if out.get("records_failed") else "COMPLETED"
        self._fill(out)
        self._done = True

    def _count(self, name: str, count: int) -> None:
        with self._lock:  # collectors fetch in threads
            setattr(self, name, (getattr(self, name) or 0) + count)

    def __enter__(self) -> IngestRun:
        super().__enter__()
        self._token = _context.ingest.set(self)
        return self

    def _leave(self) -> None:
        if self._token is not None:
            token, self._token = self._token, None
            _context.leave(_context.ingest, token)

    def _begin(self) -> None:
        self._start()

    def _end(self, error: Optional[BaseException]) -> None:
        if not self._done:
            self.finish(error=error)

    def _take(self, result: Any) -> None:
        """Take the counts of a result that has them under the columns' names, or none."""
        for name in (*_COUNTS, "error_message"):
            value = result.get(name) if isinstance(result, Mapping) else getattr(result, name, None)
            if isinstance(value, (int, str)) and not isinstance(value, bool) and getattr(self, name) is None and value != "":
                setattr(self, name, value)

    def _another(self, function: Callable[..., Any], args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> IngestRun:
        return IngestRun(recorder=self._recorder, **self._fields)


class _Target:
    """Records for a run, which belongs to no conversation."""

    def __init__(self, recorder: Optional[Recorder]) -> None:
        self._recorder = recorder

    def _defaults(self, kind: str) -> Dict[str, Any]:
        return {}

    def _step_number(self) -> Optional[int]:
        return None

    def _write(self, kind: str, fields: Mapping[str, Any]) -> Optional[str]:
        return (self._recorder or get_recorder()).record(kind, fields).id

    def _amend(self, kind: str, fields: Mapping[str, Any]) -> None:
        (self._recorder or get_recorder()).record(kind, fields, amend=True)


class BaseCollector:
    """Makes the runs of a collector ``ingest_run`` entries, as a base of its own or beside the one it has:

        class WasdeCollector(daybook.BaseCollector, YourCollector):
            job_type = 'wasde_monthly'
            source = 'usda.gov'
            target_table = 'bronze.wasde_cell'

            def collect(self):
                self.run_log.fetched(len(rows))

    Each call of ``collect`` or ``run``, be it plain, ``async`` or a generator, is a run; where one calls the other, or
    the one of its base, that is the same run. Other names stand in ``ingest_methods``. ``job_type`` is the name of the
    class where it has none; ``agent_id``, ``source``, ``target_table`` and ``business_id`` may be attributes, too, of the
    class or of the object. Counts are taken from what the method returns, where that has
    ``records_fetched``, ``records_inserted``, ``records_updated`` or ``records_failed``, as attributes or in a dict.
    """

    ingest_methods: Tuple[str, ...] = ("collect", "run")
    recorder: Optional[Recorder] = None
    _run: Optional[IngestRun] = None

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name in cls.ingest_methods:
            function = inspect.getattr_static(cls, name, None)
            if inspect.isfunction(function) and not hasattr(function, "_daybook_collects"):
                wrapped = _Collecting()(function)
                setattr(wrapped, "_daybook_collects", True)
                setattr(cls, name, wrapped)

    @property
    def run_log(self) -> IngestRun:
        """The run that is going on, or the last one, to count on and to link sessions to."""
        going = _context.ingest.get()
        if going is not None and going._owner is self:  # of this thread or task, where there are several
            return going
        if self._run is None:
            raise AttributeError("no run has begun; call collect(), or use ingest_run()")
        return self._run

    def ingest_run(self, **fields: Any) -> IngestRun:
        """A run of this collector, for a ``with`` of its own."""
        given: Dict[str, Any] = {"job_type": type(self).__name__}
        for name in ("job_type", "agent_id", "source", "target_table", "business_id"):
            value = getattr(self, name, None)
            if isinstance(value, str) and value:  # an attribute of that name may well be something else
                given[name] = value
        run = IngestRun(recorder=self.recorder, **{**given, **fields})
        run._owner = self
        self._run = run
        return run


class _Collecting(Step):
    """The step that a collector's method is."""

    def _another(self, function: Callable[..., Any], args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Step:
        collector = args[0]
        going = _context.ingest.get()
        if going is not None and going._owner is collector and not going._done:
            return _Within()
        return collector.ingest_run()


class _Within(Step):
    """What happens within a run is no run of its own."""

    def _begin(self) -> None:
        pass

    def _end(self, error: Optional[BaseException]) -> None:
        pass
