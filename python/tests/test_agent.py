from __future__ import annotations

import asyncio
import contextvars
import gc
import inspect
import threading
import unittest
import warnings
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from types import SimpleNamespace

from fake import FakeRecorder

import daybook
from daybook import AgentLogger, LoggingError, TransformationLogger


class AgentCase(unittest.TestCase):
    def setUp(self) -> None:
        self.recorder = FakeRecorder()
        self.agent = AgentLogger("CFO", recorder=self.recorder)

    def tearDown(self) -> None:
        self.assertIsNone(daybook._context.conversation.get())

    def one(self, kind, amend=False):
        found = self.recorder.of(kind, amend)
        self.assertEqual(len(found), 1, found)
        return found[0]


class TestConversation(AgentCase):
    def test_it_begins_and_ends(self):
        with self.agent.conversation("Is there money?", model_name="claude-3.5-sonnet", command_executed="/pay") as conversation:
            self.assertEqual(self.recorder.kinds(), ["conversations"])
            conversation.usage(input_tokens=100, output_tokens=20, cache_read_tokens=60)
            conversation.usage(input_tokens=50, output_tokens=5, cost_usd=0.1)
            conversation.usage(cost_usd=0.2)
            conversation.respond("Yes.")
        begun, ended = self.one("conversations"), self.one("conversations", amend=True)
        self.assertEqual((begun["agent_position"], begun["user_prompt_preview"], begun["command_executed"]), ("CFO", "Is there money?", "/pay"))
        self.assertEqual(ended["conversation_id"], begun["conversation_id"])
        sums = {"input_tokens": 150, "output_tokens": 25, "total_tokens": 175, "cache_read_tokens": 60, "cost_usd": 0.3}
        self.assertEqual({n: ended.get(n) for n in sums}, sums)
        self.assertEqual((ended["status"], ended["response_preview"]), ("completed", "Yes."))
        self.assertGreaterEqual(ended["ended_at"], begun["started_at"])

    def test_an_error_ends_it(self):
        class ReadTimeoutError(Exception):
            pass

        for error, status in ((ValueError("no"), "error"), (KeyboardInterrupt(), "error"), (TimeoutError("60 s"), "timeout"),
                              (asyncio.TimeoutError(), "timeout"), (ReadTimeoutError(), "timeout")):  # fmt: skip
            self.recorder.kept.clear()
            with self.assertRaises(type(error)), self.agent.conversation():
                raise error
            ended = self.one("conversations", amend=True)
            self.assertEqual(ended["status"], status)
            self.assertTrue(ended["error_message"].startswith(type(error).__name__))

    def test_by_hand(self):
        conversation = self.agent.conversation(conversation_id="c-7").begin()
        thought = conversation.think("by itself")
        conversation.end(error="the model hung up", output_tokens=3)
        self.assertEqual(self.one("thinking_logs")["conversation_id"], "c-7")
        self.assertEqual(thought.id, self.one("thinking_logs")["thinking_id"])
        ended = self.one("conversations", amend=True)
        self.assertEqual((ended["status"], ended["error_message"], ended["output_tokens"]), ("error", "the model hung up", 3))
        with self.assertRaisesRegex(LoggingError, "has ended already"):
            conversation.end()
        with self.assertRaisesRegex(LoggingError, "/model_name: cannot be set any more"):
            conversation.model_name = "other"

    def test_a_prompt_of_any_length_is_cut(self):
        with self.agent.conversation("x" * 3_000_000) as conversation:
            conversation.respond("y" * 3_000_000)
        self.assertLess(len(self.one("conversations")["user_prompt_preview"]), 20_000)
        self.assertLess(len(self.one("conversations", amend=True)["response_preview"]), 20_000)

    def test_what_models_sdks_say_of_usage(self):
        anthropic = SimpleNamespace(usage=SimpleNamespace(
            input_tokens=10, cache_read_input_tokens=80, cache_creation_input_tokens=10, output_tokens=5,
        ))  # fmt: skip
        openai = SimpleNamespace(
            prompt_tokens=100, completion_tokens=50, total_tokens=150, prompt_tokens_details=SimpleNamespace(cached_tokens=80),
            completion_tokens_details=SimpleNamespace(reasoning_tokens=30),
        )  # fmt: skip
        responses = {"input_tokens": 100, "output_tokens": 50, "total_tokens": 150, "input_tokens_details": {"cached_tokens": 80},
                     "output_tokens_details": {"reasoning_tokens": 30}}  # fmt: skip
        for usage, tokens in (
            (anthropic, {"input_tokens": 100, "output_tokens": 5, "total_tokens": 105, "cache_read_tokens": 80, "cache_write_tokens": 10}),
            (openai, {"input_tokens": 100, "output_tokens": 50, "total_tokens": 150, "cache_read_tokens": 80, "reasoning_tokens": 30}),
            (responses, {"input_tokens": 100, "output_tokens": 50, "total_tokens": 150, "cache_read_tokens": 80, "reasoning_tokens": 30}),
        ):
            self.recorder.kept.clear()
            with self.agent.conversation() as conversation:
                conversation.usage(usage)
            ended = self.one("conversations", amend=True)
            self.assertEqual({n: v for n, v in ended.items() if n.endswith("_tokens")}, tokens)
        with self.assertRaisesRegex(TypeError, "not tokens"):
            conversation.usage(tokens=5)
        with self.assertRaisesRegex(LoggingError, "/input_tokens: must not be negative"):
            conversation.usage(input_tokens=-5)
        for what in ("a text", 5, {}):
            with self.assertRaisesRegex(LoggingError, "no count of tokens"):
                conversation.usage(what)
        for what in (None, SimpleNamespace(usage=None), {"usage": None}):  # a response that is streamed may have none
            conversation.usage(what)

    def test_an_answer_without_text(self):
        with self.agent.conversation() as conversation:
            conversation.respond(None)
        self.assertNotIn("response_preview", self.one("conversations", amend=True))
        with self.agent.conversation() as conversation, self.assertRaisesRegex(LoggingError, "/response_preview: want text"):
            conversation.respond(["hello"])

    def test_many_threads_add_up(self):
        with self.agent.conversation() as conversation:
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(lambda _: conversation.usage(input_tokens=1), range(1000)))
        self.assertEqual(self.one("conversations", amend=True)["input_tokens"], 1000)

    def test_each_call_of_a_function_is_a_conversation(self):
        @self.agent.conversation(model_name="m")
        def ask(question):
            self.agent.think(question)
            return "the answer"

        @self.agent.conversation()
        def call():
            return {"usage": {"input_tokens": 3, "output_tokens": 4}}

        self.assertEqual([ask("a"), ask("b")], ["the answer"] * 2)
        call()
        begun, ended = self.recorder.of("conversations"), self.recorder.of("conversations", amend=True)
        self.assertEqual(len({b["conversation_id"] for b in begun}), 3)
        self.assertEqual([e.get("response_preview") for e in ended], ["the answer", "the answer", None])
        self.assertEqual(ended[2]["total_tokens"], 7)
        self.assertEqual([t["conversation_id"] for t in self.recorder.of("thinking_logs")], [b["conversation_id"] for b in begun[:2]])


class TestThinkingAndDeciding(AgentCase):
    def test_thoughts_are_numbered_within_their_conversation(self):
        with self.agent.conversation() as first:
            self.agent.think("one", thinking_type="analysis", confidence_level=0.5)
            first.think("two")
            self.agent.think("seven", step_number=7)
        with self.agent.conversation():
            self.agent.think("one again")
        self.assertEqual([t["step_number"] for t in self.recorder.of("thinking_logs")], [1, 2, 7, 1])

    def test_a_thought_needs_a_conversation(self):
        with self.assertRaisesRegex(LoggingError, "/conversation_id: is missing"):
            self.agent.think("alone")
        AgentLogger("CFO", conversation_id="c1", recorder=self.recorder).think("not alone")
        self.assertEqual(self.one("thinking_logs")["conversation_id"], "c1")

    def test_a_thought_in_a_block_is_recorded_at_its_end(self):
        with self.agent.conversation():
            with self.agent.think(thinking_type="planning") as thought:
                thought.thinking_content = "first this"
                self.assertEqual(self.recorder.of("thinking_logs"), [])
            with self.assertRaises(ValueError), self.agent.think() as interrupted:
                interrupted.thinking_content = "then that"
                raise ValueError("no")
        whole, part = self.recorder.of("thinking_logs")
        self.assertEqual((whole["thinking_content"], whole["thinking_type"]), ("first this", "planning"))
        self.assertEqual(part["thinking_content"], "then that\n(interrupted by ValueError: no)")
        with self.assertRaisesRegex(LoggingError, "/rationale: cannot be set any more"):
            thought.rationale = "late"
        with self.assertRaisesRegex(LoggingError, "is recorded already"), thought:
            pass

    def test_what_a_function_returns_is_the_thought(self):
        @self.agent.think(thinking_type="analysis")
        def analyse():
            return "prices rise"

        @self.agent.think()
        async def plan():
            return {"thinking_content": "sell", "confidence_level": 0.9, "private": "not a column"}

        with self.agent.conversation():
            self.assertEqual(analyse(), "prices rise")
            asyncio.run(plan())
        first, second = self.recorder.of("thinking_logs")
        self.assertEqual((first["thinking_content"], first["thinking_type"]), ("prices rise", "analysis"))
        self.assertEqual((second["thinking_content"], second["confidence_level"]), ("sell", 0.9))

    def test_a_decision_is_recorded_and_reviewed(self):
        decision = self.agent.decide(
            "Pay the invoice", chosen_option="pay", options=["wait", {"option": "pay", "pros": ["on time"], "score": 1}],
            requires_human_review=True,
        )  # fmt: skip
        decision.review("ana@example.com", override="wait")
        record, review = self.one("decision_logs"), self.one("decision_logs", amend=True)
        self.assertEqual(record["options_evaluated"], [{"option": "wait"}, {"option": "pay", "pros": ["on time"], "score": 1.0}])
        self.assertEqual((review["decision_id"], review["human_reviewed"], review["human_override"]), (decision.id, True, "wait"))
        self.agent.review("d-2", "ana")
        self.assertNotIn("human_override", self.recorder.of("decision_logs", amend=True)[1])

    def test_a_decision_in_a_block_is_recorded_when_it_is_made(self):
        with self.agent.decide("Which supplier?", options=["A", "B"]) as decision:
            decision.choose("B", "cheaper", confidence=0.7)
        with self.assertRaises(ValueError), self.agent.decide("And now?"):
            raise ValueError("no data")
        made, not_made = self.recorder.of("decision_logs")
        self.assertEqual((made["chosen_option"], made["rationale"], made["confidence"]), ("B", "cheaper", 0.7))
        self.assertEqual((not_made.get("chosen_option"), not_made["rationale"]), (None, "not decided: ValueError: no data"))

    def test_what_a_function_returns_is_the_decision(self):
        class Way(Enum):
            LEFT = 1

        for result, chosen in (("left", "left"), (True, "True"), (3, "3"), (Way.LEFT, "LEFT"), (None, None), (object(), None),
                               ({"chosen_option": "right", "rationale": "free"}, "right")):  # fmt: skip
            self.recorder.kept.clear()
            route = self.agent.decide(decision_type="routing")(lambda result=result: result)
            self.assertIs(route(), result)
            self.assertEqual(self.one("decision_logs").get("chosen_option"), chosen)

    def test_what_is_not_recorded_says_so(self):
        for make in (self.agent.think, self.agent.decide, self.agent.action, self.agent.escalate, self.agent.conversation,
                     lambda: self.agent.mcp_call("a", "b")):  # fmt: skip
            with self.assertWarnsRegex(RuntimeWarning, "was never recorded"):
                make()
                gc.collect()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            self.agent.decide("as it stands").log()
        self.assertEqual(self.recorder.kinds(), ["decision_logs"])


class TestActing(AgentCase):
    def test_an_action_is_recorded_as_it_begins_and_ends(self):
        with self.agent.action("file_write", "reports/daily.md", action_details={"mode": "w"}) as action:
            self.assertEqual(self.recorder.kinds(), ["action_logs"])
            action.result_summary = "40 lines"
        begun, ended = self.one("action_logs"), self.one("action_logs", amend=True)
        self.assertEqual((begun["action_type"], begun["action_target"], begun["action_details"]), ("file_write", "reports/daily.md", {"mode": "w"}))
        self.assertNotIn("success", begun)
        self.assertEqual((ended["action_id"], ended["success"], ended["result_summary"]), (begun["action_id"], True, "40 lines"))
        self.assertGreaterEqual(ended["duration_ms"], 0)
        self.assertGreaterEqual(ended["completed_at"], begun["started_at"])

    def test_an_error_is_the_outcome_and_passes_through(self):
        for error in (ValueError("no"), KeyboardInterrupt("no"), asyncio.CancelledError("no"), SystemExit("no")):
            self.recorder.kept.clear()
            with self.assertRaises(type(error)), self.agent.action("file_write"):
                raise error
            ended = self.one("action_logs", amend=True)
            self.assertEqual((ended["success"], ended["error_message"]), (False, f"{type(error).__name__}: no"))

    def test_the_error_of_the_work_goes_before_that_of_the_record(self):
        with self.assertRaises(ZeroDivisionError), self.assertLogs("daybook", "ERROR"):
            with self.agent.action("file_write"):
                self.recorder.full = True
                1 / 0

    def test_what_has_its_outcome_is_recorded_at_once(self):
        self.agent.action("file_write", "a", success=True)
        self.agent.action("file_write", "b", error_message="disk full")
        self.agent.mcp_call("files", "read", duration_ms=12)
        self.assertEqual([a["success"] for a in self.recorder.of("action_logs")], [True, False])
        self.assertEqual(self.one("mcp_usage_logs")["success"], True)
        self.assertEqual(len(self.recorder.kept), 3)

    def test_by_hand(self):
        action = self.agent.action("approval_request").begin()
        action.complete(result_summary="granted")
        with self.assertRaisesRegex(LoggingError, "the outcome of action_logs .* is recorded already"):
            action.fail("late")
        with self.agent.mcp_call("files", "read") as call:
            call.fail("gone")
        self.assertEqual(self.one("action_logs", amend=True)["result_summary"], "granted")
        self.assertEqual((self.one("mcp_usage_logs", amend=True)["success"], self.one("mcp_usage_logs", amend=True)["error_message"]), (False, "gone"))

    def test_a_tools_result_may_be_a_failure(self):
        failed = SimpleNamespace(isError=True, content=[SimpleNamespace(type="text", text="no such file")])
        read = {"content": [{"type": "text", "text": "secret,row"}, {"type": "image", "data": "x"}]}
        with self.agent.mcp_call("files", "read", {"path": "a"}) as call:
            self.assertIs(call.result(failed), failed)

        @self.agent.mcp_call("files", "read")
        def again():
            return read

        again()
        first, second = self.recorder.of("mcp_usage_logs", amend=True)
        self.assertEqual((first["success"], first["error_message"]), (False, "no such file"))
        self.assertEqual((second["success"], second["result_summary"]), (True, "2 parts: text (10 characters), image"))
        self.assertEqual(self.recorder.of("mcp_usage_logs")[0]["parameters"], {"path": "a"})

    def test_the_arguments_of_a_function_are_the_tools_parameters(self):
        agent = self.agent

        class Files:
            @agent.mcp_call("files", "write")
            def write(self, path, text, *tags, mode="w", **more):
                return path

            @agent.mcp_call("files", "close", {"always": 1})
            def close(self, path):
                return path

        Files().write("a.md", "x" * 3000, "t1", client=object())
        Files().close("a.md")
        agent.mcp_call("files", "list")(lambda: [])()
        with self.assertRaises(TypeError):
            Files().close()
        written, closed, listed, _ = [c.get("parameters") for c in self.recorder.of("mcp_usage_logs")]
        self.assertEqual(written, {"path": "a.md", "text": "x" * 2000 + "… (3000 characters)", "tags": ["t1"], "client": "<object>"})
        self.assertEqual((closed, listed), ({"always": 1}, None))

    def test_what_is_over_is_not_begun_again(self):
        conversation = self.agent.conversation()
        with conversation:
            pass
        for done in (conversation, self.agent.action("x", success=True)):
            with self.assertRaisesRegex(LoggingError, "is over"), done:
                pass

    def test_an_action_on_a_function_is_of_that_function(self):
        @self.agent.action()
        def work():
            return 5

        self.assertEqual(work(), 5)
        self.assertTrue(self.one("action_logs")["action_target"].endswith("test_an_action_on_a_function_is_of_that_function.<locals>.work"))

    def test_what_runs_in_a_session_belongs_to_it(self):
        with self.agent.conversation() as conversation, TransformationLogger("etl", recorder=self.recorder) as logger:
            self.agent.action("before", success=True)
            logger.checkout(["bronze.a"])
            self.agent.action("within", success=True)
            self.agent.mcp_call("files", "read", success=True)
        before, within = self.recorder.of("action_logs")
        self.assertNotIn("session_id", before)
        self.assertEqual((within["session_id"], within["conversation_id"]), (logger.session_id, conversation.id))
        self.assertEqual(self.one("mcp_usage_logs")["session_id"], logger.session_id)
        self.assertEqual(self.one("transformation_session")["conversation_id"], conversation.id)

    def test_only_functions_are_decorated(self):
        for what in (5, int):
            with self.assertRaisesRegex(TypeError, "decorates functions"):
                self.agent.action("x")(what)


class TestEscalating(AgentCase):
    def test_it_is_recorded_taken_up_and_settled(self):
        with self.agent.conversation() as conversation:
            escalation = self.agent.escalate("Budget exceeded", urgency="high", target="HUMAN", escalation_type="greenlight")
        escalation.acknowledge()
        escalation.resolve("raised it", resolved_by="ana")
        record = self.one("escalation_logs")
        self.assertEqual((record["source_agent"], record["source_conversation_id"]), ("CFO", conversation.id))
        taken, settled = self.recorder.of("escalation_logs", amend=True)
        self.assertIn("acknowledged_at", taken)
        self.assertEqual((settled["escalation_id"], settled["resolution"], settled["resolved_by"]), (escalation.id, "raised it", "ana"))
        for again in (escalation.acknowledge, escalation.resolve):
            with self.assertRaisesRegex(LoggingError, "already"):
                again()
        self.agent.acknowledge("e-2")
        self.agent.resolve("e-2", "by itself")
        self.assertEqual(self.recorder.of("escalation_logs", amend=True)[3]["resolved_by"], "CFO")

    def test_a_block_resolves_it_where_it_says_how(self):
        with self.agent.escalate("May I?") as answered:
            answered.resolution = "yes"
        with self.agent.escalate("And now?"):
            pass
        with self.assertRaises(ValueError), self.agent.escalate("Still?") as failed:
            failed.resolution = "no"
            raise ValueError
        settled = self.one("escalation_logs", amend=True)
        self.assertEqual((settled["resolution"], settled["resolved_by"]), ("yes", "CFO"))

    def test_what_fails_is_escalated(self):
        @self.agent.escalate(urgency="critical", target="HUMAN")
        def collect(fail):
            if fail:
                raise ValueError("the source is gone")
            return 5

        self.assertEqual(collect(False), 5)
        self.assertEqual(self.recorder.kept, [])
        with self.assertRaises(ValueError):
            collect(True)
        record = self.one("escalation_logs")
        self.assertTrue(record["subject"].endswith("collect failed: ValueError"))
        self.assertEqual((record["description"], record["urgency"]), ("ValueError: the source is gone", "critical"))
        with self.assertRaises(KeyboardInterrupt), self.agent.escalate():
            raise KeyboardInterrupt
        self.assertEqual(len(self.recorder.kept), 1)


class TestContext(AgentCase):
    def test_tasks_keep_their_conversations_apart(self):
        async def ask(i):
            async with self.agent.conversation(str(i)) as conversation:
                await asyncio.sleep(0.001 * (i % 3))
                self.agent.think(str(i))
                await asyncio.gather(*(self.step(conversation) for _ in range(2)))
            return conversation.id

        async def main():
            return await asyncio.gather(*(ask(i) for i in range(30)))

        ids = asyncio.run(main())
        prompts = {c["conversation_id"]: c["user_prompt_preview"] for c in self.recorder.of("conversations")}
        self.assertEqual([prompts[i] for i in ids], [str(i) for i in range(30)])
        for thought in self.recorder.of("thinking_logs"):
            self.assertEqual(prompts[thought["conversation_id"]], thought["thinking_content"])

    async def step(self, conversation):
        await asyncio.sleep(0)
        self.assertIs(daybook._context.conversation.get(), conversation)

    def test_conversations_nest(self):
        other = AgentLogger("CMO", business_id="acme", recorder=self.recorder)
        with self.agent.conversation() as outer:
            with other.conversation() as inner:
                other.think("inner")
            self.agent.think("outer")
        self.assertEqual([t["conversation_id"] for t in self.recorder.of("thinking_logs")], [inner.id, outer.id])
        self.assertEqual(self.recorder.of("thinking_logs")[0]["business_id"], "acme")

    def test_a_thread_has_the_context_that_it_is_given(self):
        with self.agent.conversation() as conversation:
            context = contextvars.copy_context()
            thread = threading.Thread(target=lambda: context.run(self.agent.think, "in a thread"))
            thread.start()
            thread.join()
        self.assertEqual(self.one("thinking_logs")["conversation_id"], conversation.id)

    def test_a_generator_keeps_its_conversation_to_itself(self):
        @self.agent.conversation()
        def stream(n):
            for i in range(n):
                self.agent.think(str(i))
                got = yield i
                if got:
                    self.agent.think(got)
            return "end"

        def outer():
            return (yield from stream(2))

        running = outer()
        self.assertEqual(next(running), 0)
        self.assertIsNone(daybook._context.conversation.get())
        self.assertEqual(running.send("sent"), 1)
        with self.assertRaises(StopIteration) as stop:
            next(running)
        self.assertEqual(stop.exception.value, "end")
        self.assertEqual([t["thinking_content"] for t in self.recorder.of("thinking_logs")], ["0", "sent", "1"])
        self.assertEqual(self.one("conversations", amend=True)["status"], "completed")

    def test_a_generator_that_is_closed_or_fails(self):
        seen = []

        @self.agent.action("stream")
        def stream():
            try:
                yield 1
            except ValueError:
                seen.append("thrown")
                yield 2
            finally:
                seen.append("closed")

        running = stream()
        next(running)
        self.assertEqual(running.throw(ValueError("x")), 2)
        running.close()
        self.assertEqual(seen, ["thrown", "closed"])
        self.assertEqual(self.one("action_logs", amend=True)["error_message"], "GeneratorExit")

    def test_an_async_generator_keeps_its_conversation_to_itself(self):
        @self.agent.conversation()
        async def stream(n):
            for i in range(n):
                await asyncio.sleep(0)
                self.agent.think(str(i))
                got = yield i
                if got:
                    self.agent.think(got)

        async def main():
            running = stream(2)
            self.assertEqual(await running.__anext__(), 0)
            self.assertIsNone(daybook._context.conversation.get())
            self.assertEqual(await running.asend("sent"), 1)
            with self.assertRaises(StopAsyncIteration):
                await running.__anext__()
            self.assertEqual([i async for i in stream(3)], [0, 1, 2])

        asyncio.run(main())
        self.assertEqual([t["thinking_content"] for t in self.recorder.of("thinking_logs")][:3], ["0", "sent", "1"])
        self.assertEqual([c["status"] for c in self.recorder.of("conversations", amend=True)], ["completed"] * 2)

    def test_an_async_generator_that_is_closed_or_fails(self):
        @self.agent.conversation()
        async def stream():
            try:
                yield 1
            except ValueError:
                yield 2
                raise TimeoutError("late") from None

        async def main():
            running = stream()
            await running.__anext__()
            self.assertEqual(await running.athrow(ValueError("x")), 2)
            with self.assertRaises(TimeoutError):
                await running.__anext__()
            closed = stream()
            await closed.__anext__()
            await closed.aclose()

        asyncio.run(main())
        self.assertEqual([c["status"] for c in self.recorder.of("conversations", amend=True)], ["timeout", "error"])

    def test_a_coroutine_that_is_cancelled(self):
        @self.agent.action("wait")
        async def wait():
            await asyncio.sleep(60)

        async def main():
            task = asyncio.ensure_future(wait())
            await asyncio.sleep(0.01)
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task

        asyncio.run(main())
        self.assertEqual(self.one("action_logs", amend=True)["error_message"], "CancelledError")

    def test_methods_and_callables_are_decorated_by_what_they_are(self):
        agent = self.agent

        class Tool:
            @agent.action("method")
            async def method(self):
                return self

            async def __call__(self):
                return 7

        tool = Tool()
        self.assertIs(asyncio.run(tool.method()), tool)
        self.assertEqual(asyncio.run(self.agent.action("callable")(tool)()), 7)
        self.assertEqual([a["action_type"] for a in self.recorder.of("action_logs")], ["method", "callable"])

    def test_what_is_decorated_stays_what_it_is(self):
        async def coroutine():
            pass

        def generator():
            yield

        async def async_generator():
            yield

        for function, is_one in (
            (coroutine, inspect.iscoroutinefunction), (generator, inspect.isgeneratorfunction), (async_generator, inspect.isasyncgenfunction),
        ):  # fmt: skip
            decorated = self.agent.action("x")(function)
            self.assertTrue(is_one(decorated), function)
            self.assertEqual(decorated.__name__, function.__name__)

    def test_a_function_that_returns_what_is_yet_to_run(self):
        async def later():
            await asyncio.sleep(0)
            self.agent.think("later")
            return "answer"

        def values():
            self.agent.think("first")
            yield 1

        async def async_values():
            self.agent.think("async")
            yield 2

        for function, run in (
            (lambda: later(), lambda rest: asyncio.run(rest)),
            (lambda: values(), list),
            (lambda: async_values(), lambda rest: asyncio.run(self.collected(rest))),
        ):
            self.recorder.kept.clear()
            rest = self.agent.conversation()(function)()
            self.assertEqual(self.recorder.kinds(), ["conversations"])
            self.assertIsNone(daybook._context.conversation.get())
            run(rest)
            self.assertEqual(self.recorder.kinds(), ["conversations", "thinking_logs", "conversations amended"])
            self.assertEqual(self.one("thinking_logs")["conversation_id"], self.one("conversations")["conversation_id"])

    async def collected(self, generator):
        return [value async for value in generator]

    def test_the_recorders_agent_stands_in(self):
        self.recorder.agent = "night_shift"
        AgentLogger(recorder=self.recorder).escalate("help").resolve()
        self.assertEqual(self.one("escalation_logs")["source_agent"], "night_shift")
        self.assertEqual(self.one("escalation_logs", amend=True)["resolved_by"], "night_shift")


if __name__ == "__main__":
    unittest.main()
