"""The thread that delivers what waits in the spool, while this process is the folder's one sender."""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import List, Optional, Tuple

from ._config import Settings
from ._courier import Away, Courier
from ._spool import Writer, fcntl, read_ack, segment_name

LINGER = 0.02  # for more records to come along with the first
SHORTEST_POLL, LONGEST_POLL = 0.05, 1.0
FLUSH_POLL = 0.01

logger = logging.getLogger("daybook")


class Sender:
    """Delivers in the background, from the first record on. Daemon threads end with the program, at any place: what
    they were at is delivered again, and the server knows it by its log_id."""

    def __init__(self, settings: Settings, writer: Writer) -> None:
        self._settings = settings
        self._writer = writer
        self._forget()

    def _forget(self) -> None:
        """As it is before the first record: for a new process, too, in which no thread but one is left."""
        self._pid = os.getpid()
        self._start_lock = threading.Lock()
        self._thread: Optional[threading.Thread] = None
        self._news = threading.Event()
        self._hurry = False
        self._stopping = False
        self._lock_fd: Optional[int] = None
        self._courier: Optional[Courier] = None
        self._attempts = 0
        self._failed = 0
        self._idle = False

    def wake(self) -> None:
        """Says that there is something to deliver."""
        if self._thread is None or self._pid != os.getpid():
            self._start()
        if not self._news.is_set():
            self._news.set()

    def _start(self) -> None:
        if self._pid != os.getpid():
            self.after_fork()
        with self._start_lock:
            if self._thread is not None or self._stopping:
                return
            thread = threading.Thread(target=self._run, name="daybook-sender", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # the interpreter is ending, or the system gives no more threads
                logger.debug("no thread to deliver with: %s", error)
                return
            self._thread = thread

    def _run(self) -> None:
        poll = SHORTEST_POLL
        try:
            while not self._stopping:
                if self._news.wait(poll):
                    self._news.clear()
                    poll = SHORTEST_POLL
                    self._linger()
                else:
                    poll = min(poll * 2, LONGEST_POLL)
                if self._take_lock():
                    self._deliver_all()
        except Exception:  # a thread that ended in silence would deliver nothing any more
            logger.exception("the sender of the spool stopped, and begins anew with the next record")
        finally:
            self._let_go()
            self._thread = None

    def _linger(self) -> None:
        if not self._hurry:
            time.sleep(LINGER)

    def _take_lock(self) -> bool:
        """Tries to become the sender of the folder."""
        if self._lock_fd is not None:
            return True
        try:
            fd = os.open(self._settings.directory / "sender.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            return False
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(fd)
            return False
        self._lock_fd = fd
        self._courier = Courier(self._settings)
        return True

    def _let_go(self) -> None:
        if self._courier is not None:
            self._courier.close()
            self._courier = None
        if self._lock_fd is not None:
            os.close(self._lock_fd)
            self._lock_fd = None

    def _deliver_all(self) -> None:
        """Delivers until nothing waits, and waits between the attempts while nobody takes it."""
        courier = self._courier
        assert courier is not None
        self._idle = False
        while not self._stopping:
            try:
                more = courier.deliver()
                self._attempts += 1
                self._failed = 0
            except Away as away:
                self._attempts += 1
                self._failed += 1
                self._rest(courier.pause(away), away.after)
                continue
            if not more:
                break
        self._tidy(courier)
        self._idle = not courier.segments.waiting()

    def _tidy(self, courier: Courier) -> None:
        for number in courier.segments.tidy():
            self._writer.delivered(number)

    def _rest(self, seconds: float, at_least: float) -> None:
        """Waits, but for no longer than the server asked where somebody flushes."""
        end = time.monotonic() + seconds
        soonest = time.monotonic() + at_least
        while not self._stopping:
            now = time.monotonic()
            if now >= end or (self._hurry and now >= soonest):
                self._hurry = False
                return
            time.sleep(min(end - now, 0.05))

    def flush(self, timeout: Optional[float] = None) -> bool:
        """Waits until what this process has written is delivered or rejected."""
        return self._wait(self._writer.position(), timeout, attempts=None)

    def flush_at_exit(self, timeout: float) -> bool:
        """As flush, but gives up when the server was not there twice in a row: what waits is safe where it is."""
        return self._wait(self._writer.position(), timeout, attempts=2)

    def _wait(self, position: List[Tuple[int, int]], timeout: Optional[float], attempts: Optional[int]) -> bool:
        end = None if timeout is None else time.monotonic() + timeout
        begun = self._attempts
        self._hurry = True
        try:
            while True:
                position = [p for p in position if not self._is_delivered(*p)]
                if not position:
                    return True
                if end is not None and time.monotonic() >= end:
                    return False
                if attempts and self._failed >= attempts and self._attempts >= begun + attempts:
                    return False
                self._hurry = True
                self.wake()
                if self._thread is None:
                    self._deliver_here(end)
                else:
                    time.sleep(FLUSH_POLL)
        finally:
            self._hurry = False

    def _is_delivered(self, number: int, size: int) -> bool:
        path = self._settings.directory / segment_name(number)
        return not path.exists() or read_ack(path.with_suffix(".ack")) >= size

    def _deliver_here(self, end: Optional[float]) -> None:
        """Delivers in the thread that asks, where no other can be had."""
        if not self._take_lock() or self._courier is None:
            time.sleep(FLUSH_POLL)
            return
        self._attempts += 1
        try:
            self._courier.deliver()
            self._failed = 0
        except Away as away:
            self._failed += 1
            pause = self._courier.pause(away)
            time.sleep(max(0.0, pause if end is None else min(pause, end - time.monotonic())))

    def close(self) -> None:
        """Ends the thread, and lets another process deliver."""
        self._writer.close()
        self._stopping = True
        self._news.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(self._settings.timeout)
        else:
            self._let_go()

    def after_fork(self) -> None:
        """For the child of a fork: the lock and the connection stay the parent's."""
        fd, courier = self._lock_fd, self._courier
        self._forget()
        if courier is not None:
            courier.close()
        if fd is not None:
            os.close(fd)
