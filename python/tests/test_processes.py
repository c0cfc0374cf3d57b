"""One spool and many processes: threads, forks, and ends of every sort, after which each call that returned is delivered once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import unittest
from typing import Any, Dict, List

from support import PATIENCE, Case, Ledger

from daybook import _files

# A program that records, and prints what it recorded once the call has returned.
PRELUDE = """
import os, sys, threading, time
import daybook
recorder = daybook.configure(url=sys.argv[1], spool=sys.argv[2])
out = threading.Lock()
def log(name, n):
    fields = {"agent_position": name, "action_target": str(n)}
    log_id = daybook.log("action_logs", fields)
    with out:
        os.write(1, f"{log_id} {name} {n}\\n".encode())
"""


def whole_lines(process: "subprocess.Popen[str]") -> str:
    """What is left of the output of a process that was killed."""
    assert process.stdout is not None
    text = process.stdout.read()
    return text[: text.rfind("\n") + 1]


class Processes(Case):
    def setUp(self) -> None:
        super().setUp()
        self.server: Ledger = self.ledger()

    def program(self, code: str, **environment: str) -> str:
        return self.run_program(PRELUDE + code, self.server.url, self.spool, **environment)

    def deliver_rest(self) -> None:
        """What the next process that uses the spool does."""
        recorder = self.recorder(self.server.url)
        recorder.record("thinking_logs", {"agent_position": "last", "conversation_id": "c"})
        self.assertTrue(recorder.close(PATIENCE))

    def expect(self, said: str) -> List[Dict[str, Any]]:
        """Everything that a program said it recorded is there once, and each writer's in its order."""
        lines = [line.split(" ") for line in said.splitlines()]
        entries = [e for e in self.server.entries if e["kind"] == "action_logs"]
        there = [entry["log_id"] for entry in entries]
        self.assertEqual(len(there), len(set(there)))
        self.assertLessEqual({line[0] for line in lines}, set(there))
        for name in {line[1] for line in lines}:
            numbers = [int(entry["action_target"]) for entry in entries if entry["agent_position"] == name]
            self.assertEqual(numbers, list(range(len(numbers))), name)
        return entries


class Ends(Processes):
    def test_the_end_of_a_program_delivers(self) -> None:
        self.expect(self.program("for n in range(50): log('main', n)"))
        self.assertEqual(len(self.server.entries), 50)
        self.assertEqual([path.name for path in self.files()], ["sender.json", "sender.lock"])

    def test_an_exception_that_nobody_catches(self) -> None:
        process = self.start(PRELUDE + "log('main', 0); raise SystemExit(3)", self.server.url, self.spool)
        said, _ = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 3)
        self.assertEqual(len(self.expect(said)), 1)

    def test_exit_without_goodbye(self) -> None:
        process = self.start(PRELUDE + "for n in range(50): log('main', n)\nos._exit(0)", self.server.url, self.spool)
        said, _ = process.communicate(timeout=PATIENCE)
        self.deliver_rest()
        self.assertEqual(len(self.expect(said)), 50)

    def test_no_server_does_not_hold_the_program_up(self) -> None:
        patient = "recorder = daybook.configure(url=sys.argv[1], spool=sys.argv[2], exit_timeout=600)\n"  # longer than we wait for the program
        out = self.run_program(PRELUDE + patient + "for n in range(5): log('main', n)", "http://127.0.0.1:9", self.spool)
        self.deliver_rest()
        self.assertEqual(len(self.expect(out)), 5)

    def test_a_server_that_does_not_answer_holds_up_for_a_bounded_time(self) -> None:
        self.server.tricks = [lambda records: time.sleep(PATIENCE)]  # type: ignore[list-item]
        self.run_program(
            PRELUDE + "recorder = daybook.configure(url=sys.argv[1], spool=sys.argv[2], exit_timeout=0.3); log('main', 0)", self.server.url, self.spool
        )

    def test_an_interrupt_at_the_end_is_heeded_in_silence(self) -> None:
        called, free = threading.Event(), threading.Event()
        self.addCleanup(free.set)

        def wait(batch: List[Dict[str, Any]]) -> None:
            called.set()
            free.wait(4 * PATIENCE)

        self.server.tricks.append(wait)
        code = PRELUDE + """
import signal
recorder = daybook.configure(url=sys.argv[1], spool=sys.argv[2], timeout=120, exit_timeout=120)
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that runs us behind has it ignored, and so would we
waiting = recorder._sender._waiting
def told():
    os.write(1, b"waits\\n")
    return waiting()
recorder._sender._waiting = told  # called while the end waits, where an interrupt is heeded
log("a", 1)
"""
        program = self.start(code, self.server.url, self.spool)
        assert program.stdout is not None
        while program.stdout.readline() != "waits\n":
            pass
        self.assertTrue(called.wait(PATIENCE))
        program.send_signal(signal.SIGINT)
        out, err = program.communicate(timeout=PATIENCE)  # which the end would wait for longer
        self.assertEqual((program.returncode, err), (0, ""))

    def test_records_at_the_very_end(self) -> None:
        """A handler that was registered before ours runs after it."""
        code = "import atexit, sys\natexit.register(lambda: [daybook.log('action_logs', {'agent_position': 'late', 'action_target': '0'}), None][1])\n"
        self.run_program(code + PRELUDE + "log('main', 0)", self.server.url, self.spool)
        self.deliver_rest()
        self.assertEqual([e["agent_position"] for e in self.server.entries if e["kind"] == "action_logs"], ["main", "late"])

    def test_killed_at_random(self) -> None:
        said = ""
        for round in range(5):
            process = self.start(PRELUDE + f"n = 0\nwhile True:\n    log('p{round}', n)\n    n += 1", self.server.url, self.spool)
            assert process.stdout is not None
            said += "".join(process.stdout.readline() for _ in range(20 + 37 * round))
            process.kill()
            said += whole_lines(process)
        self.deliver_rest()
        self.expect(said)

    def test_killed_while_threads_and_forks_write(self) -> None:
        code = PRELUDE + """
def work(name):
    n = 0
    while True:
        log(name, n)
        n += 1
        time.sleep(0.001)
for child in range(3):
    pid = os.fork()
    if pid == 0:
        break
    os.write(1, f"{pid} pid 0\\n".encode())
else:
    child = "main"
for t in range(3):
    threading.Thread(target=work, args=(f"{child}-{t}",), daemon=True).start()
time.sleep(600)
"""
        process = self.start(code, self.server.url, self.spool)
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(600)]
        children = [int(line.split(" ")[0]) for line in lines if " pid " in line]
        self.assertEqual(len(children), 3)
        for child in children:
            os.kill(child, signal.SIGKILL)
        process.kill()
        said = "".join(line for line in lines if " pid " not in line) + whole_lines(process)
        self.deliver_rest()
        self.assertGreater(len({entry["agent_position"] for entry in self.expect(said)}), 3)  # some may have come late


class Forks(Processes):
    def test_a_child_has_a_segment_of_its_own(self) -> None:
        said = self.program("""
log("parent", 0)
pids = []
for child in range(4):
    pid = os.fork()
    if pid == 0:
        for n in range(20):
            log(f"child{child}", n)
        os._exit(0)
    pids.append(pid)
for n in range(1, 20):
    log("parent", n)
for pid in pids:
    os.waitpid(pid, 0)
log("parent", 20)
""")
        self.assertEqual(len(self.expect(said)), 101)
        targets = [(entry["agent_position"], entry["action_target"]) for entry in self.server.entries]
        self.assertEqual((targets[0], targets[-1]), (("parent", "0"), ("parent", "20")))

    def test_a_fork_while_threads_write(self) -> None:
        """A fork leaves a child whose locks other threads held, and in which they are no more."""
        said = self.program("""
stop = threading.Event()
def work(name):
    n = 0
    while not stop.is_set():
        log(name, n)
        n += 1
        time.sleep(0.001)
threads = [threading.Thread(target=work, args=(f"t{t}",)) for t in range(4)]
for t in threads: t.start()
for child in range(10):
    pid = os.fork()
    if pid == 0:
        daybook.log("action_logs", {"agent_position": f"child{child}", "action_target": "0"})
        os._exit(0 if daybook.flush(60) else 1)
    status = os.waitpid(pid, 0)[1]
    assert status == 0, status
stop.set()
for t in threads: t.join()
""")
        entries = self.expect(said)
        self.assertEqual(len([e for e in entries if e["agent_position"].startswith("child")]), 10)

    def test_a_fork_while_an_answer_is_awaited(self) -> None:
        """The thread that reads it holds locks that nobody in the child can free."""
        called, forked = self.folder / "called", self.folder / "forked"

        def slow() -> None:
            called.touch()
            end = time.monotonic() + PATIENCE
            while not forked.exists() and time.monotonic() < end:
                time.sleep(0.005)

        self.server.amid_answer = slow
        said = self.program("""
log("parent", 0)
while not os.path.exists("called"): time.sleep(0.005)
time.sleep(0.1)
pid = os.fork()
if pid == 0:
    log("child", 0)
    os._exit(0)
end = time.monotonic() + 60
while not os.waitpid(pid, os.WNOHANG)[0]:
    assert time.monotonic() < end, "the child hangs"
    time.sleep(0.01)
open("forked", "w").close()
""")
        self.assertEqual(len(self.expect(said)), 2)

    def test_the_parents_death_frees_its_segment(self) -> None:
        process = self.start(PRELUDE + """
log("parent", 0)
assert daybook.flush(60)
if os.fork() == 0:
    os.close(0)
    os.write(1, f"{os.getpid()} pid 0\\n".encode())
    time.sleep(600)
os._exit(0)
""", self.server.url, self.spool)  # fmt: skip
        assert process.stdout is not None
        child = next(int(line.split(" ")[0]) for line in process.stdout if " pid " in line)
        self.addCleanup(os.kill, child, signal.SIGKILL)
        process.wait(PATIENCE)
        (segment,) = self.files(".seg")
        fd = os.open(segment, os.O_RDONLY)
        self.addCleanup(os.close, fd)
        self.assertTrue(_files.flock(fd, wait=False))

    def test_multiprocessing(self) -> None:
        for method in ("fork", "spawn"):
            with self.subTest(method):
                self.server.entries.clear()
                program = self.folder / f"{method}.py"
                program.write_text(
                    PRELUDE
                    + "import multiprocessing\n"
                    + "def work(name):\n    log(name, 0)\n"
                    + "if __name__ == '__main__':\n"
                    + f"    context = multiprocessing.get_context({method!r})\n"
                    + "    children = [context.Process(target=work, args=(f'c{i}',)) for i in range(3)]\n"
                    + "    for c in children: c.start()\n"
                    + "    for c in children: c.join()\n"
                    + "    sys.exit(max(c.exitcode for c in children))\n"
                )
                said = self.run_program(str(program), self.server.url, self.spool)
                self.assertEqual(len(self.expect(said)), 3)

    def test_several_programs_at_once(self) -> None:
        programs = [self.start(PRELUDE + f"for n in range(100): log('p{p}', n)", self.server.url, self.spool) for p in range(4)]
        said = "".join(program.communicate(timeout=PATIENCE)[0] for program in programs)
        self.assertEqual([program.returncode for program in programs], [0] * 4)
        self.deliver_rest()
        self.assertEqual(len(self.expect(said)), 400)


class Elsewhere(Processes):
    def test_asyncio(self) -> None:
        said = self.program("""
import asyncio
async def main():
    await asyncio.gather(*(one(t) for t in range(5)))
async def one(t):
    for n in range(10):
        data = {"agent_position": f"a{t}", "action_target": str(n)}
        log_id = await daybook.log_to_bigquery("action_logs", data)
        assert data["log_id"] == log_id
        print(log_id, f"a{t}", n)
        await asyncio.sleep(0)
asyncio.run(main())
""")
        self.assertEqual(len(self.expect(said)), 50)

    def test_a_signal_handler_that_records(self) -> None:
        said = self.program("""
import signal
counts = {"handler": 0}
def handler(*_):
    daybook.log("action_logs", {"agent_position": "handler", "action_target": str(counts["handler"])})
    counts["handler"] += 1
signal.signal(signal.SIGALRM, handler)
n = 0
while counts["handler"] < 50:
    before = counts["handler"]
    signal.setitimer(signal.ITIMER_REAL, 0.0001 + n % 7 * 0.0001)
    while counts["handler"] == before:
        log("main", n)
        n += 1
""")
        self.expect(said)

    def test_a_subinterpreter_is_refused_clearly(self) -> None:
        try:
            import _xxsubinterpreters as interpreters
        except ImportError:
            self.skipTest("this Python has no module for subinterpreters")
        made = interpreters.create()
        self.addCleanup(interpreters.destroy, made)
        code = f"""
import sys
sys.path[:0] = {sys.path!r}
import daybook
try:
    daybook.Recorder(spool={str(self.spool)!r})
except daybook.LoggingError as error:
    assert error.code == "unsupported" and "main interpreter" in str(error), error
else:
    raise AssertionError("it was taken")
"""
        interpreters.run_string(made, code)
        self.assertEqual(self.files(), [])

    def test_no_thread_can_be_had(self) -> None:
        """As at the end of an interpreter: then the thread that flushes delivers."""
        said = self.program("""
def refuse(self): raise RuntimeError("can't start new thread")
threading.Thread.start = refuse
for n in range(5): log("main", n)
""")
        self.assertEqual(len(self.expect(said)), 5)


if __name__ == "__main__":
    unittest.main()
