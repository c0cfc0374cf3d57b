"""The thread that delivers what waits in the spool, while this process is the folder's one sender."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from queue import Empty, SimpleQueue
from typing import List, Optional

from ._config import Settings
from ._courier import MAX_BATCH, Courier, Failure, pause_after, warn
from ._files import flock, path_of, read_ack, replace
from ._ids import format_time
from ._spool import Mark, Writer

LINGER = 0.02  # seconds for others to come along with the first record
IDLE_POLL = 0.2
LOCK_POLL = 1.0
LONGEST_HELD_PAUSE = 1.0
EXIT_ATTEMPTS = 2


class Sender:
    """Delivers in the background, from the first record on.

    Its thread is a daemon, which ends with the program wherever it is: what it was at is sent again by the next
    process, and the server knows it by its log_id.
    """

    def __init__(self, settings: Settings, writer: Writer) -> None:
        self._settings = settings
        self._writer = writer
        self._forget()

    def _forget(self) -> None:
        """As it is before the first record: for a new process, too, in which one thread alone is left."""
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._thread: Optional[threading.Thread] = None
        self._bell: SimpleQueue[None] = SimpleQueue()  # not an Event, as a signal handler may ring while it is rung
        self._rung = False
        self._stopping = False
        self._flushing = 0
        self._hurry = False
        self._lock_fd: Optional[int] = None
        self._next_try = 0.0
        self._courier: Optional[Courier] = None
        self._most = MAX_BATCH
        self._failures = 0
        self._attempts = 0
        self._idle_rounds = 0

    def wake(self) -> None:
        """Says that there is something to deliver."""
        if self._thread is None or self._pid != os.getpid():
            self._start()
        self._ring()

    def _ring(self) -> None:
        if not self._rung:
            self._rung = True
            self._bell.put(None)

    def _listen(self, seconds: float) -> None:
        """Waits until somebody rings."""
        try:
            self._bell.get(timeout=max(0.0, seconds))
        except Empty:
            return
        if not self._flushing:
            time.sleep(LINGER)
        self._rung = False

    def _start(self) -> None:
        if self._pid != os.getpid():
            self.after_fork()
        with self._lock:
            if self._thread is not None or self._stopping:
                return
            thread = threading.Thread(target=self._run, name="daybook-sender", daemon=True)
            self._thread = thread
            try:
                thread.start()
            except RuntimeError:  # the interpreter is ending, or the system gives no more threads: later, then
                self._thread = None
                return
        self._end_with_multiprocessing()

    def _end_with_multiprocessing(self) -> None:
        """The processes of multiprocessing end without the handlers of atexit, but have finalizers of their own."""
        process, util = sys.modules.get("multiprocessing.process"), sys.modules.get("multiprocessing.util")
        if process is not None and util is not None and process.parent_process() is not None:
            util.Finalize(None, self.leave, args=(self._settings.exit_timeout,), exitpriority=0)

    def _run(self) -> None:
        while not self._stopping:
            try:
                if not self._round():
                    self._listen(IDLE_POLL if self._lock_fd is not None else self._next_try - time.monotonic())
            except Exception as error:  # a thread that ended in silence would deliver nothing any more
                warn("sender", "the sender of the spool failed, and goes on: %s", type(error).__name__)
                self._let_go()
                time.sleep(IDLE_POLL)
        self._let_go()

    def _round(self) -> bool:
        """Delivers what waits. True where it is to be called again at once."""
        if not self._take_lock():
            return False
        try:
            assert self._courier is not None
            more = self._courier.deliver()
            self._attempts += 1
            if self._failures:
                self._failures = 0
                self._tell("delivering")
            self._idle_rounds += not more
            return more
        except Failure as failure:
            self._attempts += 1
            self._failures += 1
            self._pause(failure)
            return True

    def _take_lock(self) -> bool:
        """Tries to become the sender of the folder, about once a second."""
        if self._lock_fd is not None:
            return True
        if time.monotonic() < self._next_try and not self._flushing:
            return False
        self._next_try = time.monotonic() + LOCK_POLL
        try:
            fd = os.open(self._settings.directory / "sender.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            return False  # there is no such folder as long as nothing was written
        if not flock(fd, wait=False):
            os.close(fd)
            return False
        self._lock_fd, self._courier = fd, Courier(self._settings, self._most)
        self._tell("delivering")
        return True

    def _let_go(self) -> None:
        """Lets another process be the sender."""
        if self._courier is not None:
            self._most = self._courier.most
            self._courier.close()
            self._courier = None
        if self._lock_fd is not None:
            os.close(self._lock_fd)
            self._lock_fd = None

    def _pause(self, failure: Failure) -> None:
        seconds = pause_after(self._failures, failure)
        warn("away", "records wait in %s: %s", self._settings.directory, failure)
        self._tell("waiting", str(failure), seconds)
        if seconds > LONGEST_HELD_PAUSE:
            self._let_go()
        end = time.monotonic() + seconds
        while not self._stopping and not self._hurry and time.monotonic() < end:
            time.sleep(max(0.0, min(0.05, end - time.monotonic())))
        self._hurry = False
        self._next_try = 0.0

    def _tell(self, state: str, error: str = "", pause: float = 0.0) -> None:
        """Writes sender.json, from which people see how the sender fares."""
        now = datetime.now(timezone.utc)
        about = {"pid": os.getpid(), "host": socket.gethostname(), "program": "daybook-python", "at": format_time(now), "state": state, "failures": self._failures}
        if error:
            about.update(error=error, next_attempt=format_time(now + timedelta(seconds=pause)))
        skipped = self._courier.skipped() if self._courier is not None else []
        if skipped:
            about["skipped"] = skipped
        try:
            replace(f"{self._settings.directory}/sender.json", json.dumps(about).encode() + b"\n")
        except OSError:
            pass  # nobody's work depends on it

    def flush(self, timeout: Optional[float] = None, attempts: Optional[int] = None) -> bool:
        """Waits until all that this process has written is delivered or refused: for so many seconds, and until an
        attempt that ends from now on is one of so many in a row that failed, where that is said."""
        end = None if timeout is None else time.monotonic() + timeout
        begun, poll = self._attempts, 0.001
        self._hurry = True
        self._flushing += 1
        try:
            while True:
                waiting = self._waiting()
                if not waiting:
                    return True
                if self._stopping or end is not None and time.monotonic() >= end:
                    return False
                if attempts and self._failures >= attempts and self._attempts > begun:
                    return False
                self.wake()
                self._deliver_without_thread()
                time.sleep(poll)
                poll = min(poll * 1.5, 0.05)
        finally:
            self._flushing -= 1
            self._hurry = False

    def _deliver_without_thread(self) -> None:
        """Delivers where no thread can be had, as at the end of the interpreter."""
        with self._lock:
            if self._thread is None and not self._stopping:
                self._round()

    def _waiting(self) -> List[Mark]:
        marks = self._writer.marks()
        delivered = [mark for mark in marks if self._is_delivered(mark)]
        self._writer.forget_marks(delivered)
        return [mark for mark in marks if mark not in delivered]

    def _is_delivered(self, mark: Mark) -> bool:
        path = path_of(self._settings.directory, mark.number)
        try:
            about = os.stat(path)
        except FileNotFoundError:
            return True
        return (about.st_dev, about.st_ino) != (mark.device, mark.inode) or read_ack(path) >= mark.end

    def leave(self, timeout: float) -> bool:
        """For the end of the program: flushes for so long at most, but gives up where the server is not there, as
        what waits is safe where it is; then lets go of the segment, so that nothing is left of one that is delivered."""
        end = time.monotonic() + timeout
        if self._thread is None and not self._writer.marks():
            return True
        done = self.flush(timeout, EXIT_ATTEMPTS)
        self._writer.release()
        begun, self._flushing = self._idle_rounds, self._flushing + 1
        while done and self._thread is not None and self._lock_fd is not None and self._idle_rounds < begun + 2 and time.monotonic() < end:
            self._ring()
            time.sleep(0.002)
        self._flushing -= 1
        return done

    def close(self, timeout: float) -> bool:
        """Flushes and ends the thread."""
        done = self.leave(timeout)
        self._stopping = True
        self._ring()
        thread = self._thread
        if thread is None:
            self._let_go()
        elif thread is not threading.current_thread():
            thread.join(1.0)  # one that waits for an answer ends after it
        return done

    def after_fork(self) -> None:
        """For the child of a fork. The lock and the connection stay the parent's: closing copies does not end them."""
        courier, fd = self._courier, self._lock_fd
        self._forget()
        if courier is not None:
            courier.abandon()
        if fd is not None:
            os.close(fd)
