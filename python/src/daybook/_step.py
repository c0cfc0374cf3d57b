"""A step: what begins, and ends well or with an exception.

One object is a context manager, for ``with`` and ``async with``, and a
decorator of functions, coroutine functions and generators of both sorts.
"""

from __future__ import annotations

import functools
import inspect
import logging
import os
from contextvars import Context, copy_context
from typing import Any, AsyncGenerator, Awaitable, Callable, Dict, Generator, Iterator, Mapping, Optional, Tuple, TypeVar

from . import _catalog
from ._errors import LoggingError

_log = logging.getLogger("daybook")

S = TypeVar("S", bound="Step")
F = TypeVar("F", bound=Callable[..., Any])


class Step:
    """What subclasses say: how a step begins and ends, and how to make another like it."""

    _pid: Optional[int] = None

    def _begin(self) -> None:
        raise NotImplementedError

    def _end(self, error: Optional[BaseException]) -> None:
        raise NotImplementedError

    def _another(self, function: Callable[..., Any], args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Step:
        """A step for one call of a decorated function."""
        raise NotImplementedError

    def _take(self, result: Any) -> None:
        """What a decorated function returned."""

    def _leave(self) -> None:
        """Set back what the beginning has set in the caller's context."""

    def __enter__(self: S) -> S:
        self._begin()
        self._pid = os.getpid()
        return self

    def __exit__(self, _: Any, error: Optional[BaseException], __: Any) -> None:
        self._leave()
        if self._pid != os.getpid():
            return  # a child that was forked inside the block leaves it too, and its end is not the step's
        end(self._end, error)

    async def __aenter__(self: S) -> S:
        return self.__enter__()

    async def __aexit__(self, kind: Any, error: Optional[BaseException], trace: Any) -> None:
        self.__exit__(kind, error, trace)

    def __call__(self, function: F) -> F:
        """Make every call of a function such a step."""
        if not callable(function) or inspect.isclass(function):
            raise TypeError(f"daybook: {type(self).__name__} decorates functions, not {function!r}")
        return _decorated(self, function)  # type: ignore[return-value]


class Columns:
    """Columns of a record that is being made, set and read as attributes."""

    _kind: str
    _own: Tuple[str, ...] = ()  # attributes that are not columns

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.__dict__["_fields"] = _catalog.check_fields(self._kind, fields)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_") or name in self._own:
            object.__setattr__(self, name, value)
            return
        fields = self.__dict__["_fields"]
        checked = _catalog.check_fields(self._kind, {name: value})
        if checked:
            fields.update(checked)
        else:
            fields.pop(name, None)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in _catalog.kind_named(self._kind).columns:
            raise AttributeError(f"{type(self).__name__} has no {name}")
        return self.__dict__["_fields"].get(name)


def end(finish: Callable[[Optional[BaseException]], None], error: Optional[BaseException]) -> None:
    """Call finish with what went wrong. Where something did, that is what the
    caller must get to see, and not that it could not be recorded."""
    if error is None:
        finish(None)
        return
    try:
        finish(None if _ends_well(error) else error)
    except LoggingError as e:
        # A message of what is invalid quotes the record, which is no business of the program's log.
        _log.error("the end of a block that failed could not be recorded: %s", f"{e.path} is invalid" if e.code == "invalid" else e)
    except Exception as e:
        _log.error("the end of a block that failed could not be recorded: %s", type(e).__name__)


def _ends_well(error: BaseException) -> bool:
    """Tell whether a program is only left: sys.exit() and sys.exit(0) are no failure."""
    return isinstance(error, SystemExit) and error.code in (None, 0)


def _decorated(step: Step, function: Callable[..., Any]) -> Callable[..., Any]:
    target = function if inspect.isroutine(function) or isinstance(function, functools.partial) else type(function).__call__
    if inspect.isasyncgenfunction(target):
        wrapper = _around_async_generator(step, function)
    elif inspect.isgeneratorfunction(target):
        wrapper = _around_generator(step, function)
    elif inspect.iscoroutinefunction(target):
        wrapper = _around_coroutine(step, function)
    else:
        wrapper = _around_function(step, function)
    return functools.update_wrapper(wrapper, function)


def _around_function(step: Step, function: Callable[..., Any]) -> Callable[..., Any]:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        own = step._another(function, args, kwargs)
        own.__enter__()
        try:
            result = function(*args, **kwargs)
            rest = _rest(own, result)
            if rest is None:
                own._take(result)
        except BaseException as e:
            own.__exit__(type(e), e, None)
            raise
        if rest is not None:
            return rest
        own.__exit__(None, None, None)
        return result

    return wrapper


def _rest(own: Step, result: Any) -> Any:
    """What is left of the step where a function returns a coroutine or a generator that is yet to run, else None."""
    if inspect.iscoroutine(result):
        run: Callable[..., Any] = _run_coroutine
    elif inspect.isgenerator(result):
        run = _run_generator
    elif inspect.isasyncgen(result):
        run = _run_async_generator
    else:
        return None
    context = copy_context()
    own._leave()
    return run(own, context, result)


def _around_coroutine(step: Step, function: Callable[..., Any]) -> Callable[..., Any]:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        with step._another(function, args, kwargs) as own:
            result = await function(*args, **kwargs)
            own._take(result)
            return result

    return wrapper


async def _run_coroutine(own: Step, context: Context, coroutine: Awaitable[Any]) -> Any:
    try:
        result = await _Awaited(context, coroutine)
        own._take(result)
    except BaseException as e:
        context.run(own.__exit__, type(e), e, None)
        raise
    context.run(own.__exit__, None, None, None)
    return result


# The code of a generator runs in the context of whoever asks for its next
# value. In a context of its own, what the step sets there is not seen outside.


def _around_generator(step: Step, function: Callable[..., Any]) -> Callable[..., Any]:
    def wrapper(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        context, own = copy_context(), step._another(function, args, kwargs)
        context.run(own.__enter__)
        return (yield from _run_generator(own, context, function(*args, **kwargs)))

    return wrapper


def _run_generator(own: Step, context: Context, generator: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
    try:
        result = yield from _Within(context, generator)
        own._take(result)
    except BaseException as e:
        context.run(own.__exit__, type(e), e, None)
        raise
    context.run(own.__exit__, None, None, None)
    return result


def _around_async_generator(step: Step, function: Callable[..., Any]) -> Callable[..., Any]:
    def begin(*args: Any, **kwargs: Any) -> Tuple[Step, Context, AsyncGenerator[Any, Any]]:
        context, own = copy_context(), step._another(function, args, kwargs)
        context.run(own.__enter__)
        return own, context, function(*args, **kwargs)

    return _async_generator(begin)


def _run_async_generator(own: Step, context: Context, generator: AsyncGenerator[Any, Any]) -> AsyncGenerator[Any, Any]:
    return _async_generator(lambda: (own, context, generator))()


def _async_generator(begin: Callable[..., Tuple[Step, Context, AsyncGenerator[Any, Any]]]) -> Callable[..., AsyncGenerator[Any, Any]]:
    """An async generator function around a generator, once that has begun: there is no ``yield from`` for them."""

    async def wrapper(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        own, context, generator = begin(*args, **kwargs)
        try:
            going = generator.__anext__()
            while True:
                try:
                    value = await _Awaited(context, going)
                except StopAsyncIteration:
                    break
                try:
                    sent = yield value
                except GeneratorExit:
                    await _Awaited(context, generator.aclose())
                    raise
                except BaseException as e:
                    going = generator.athrow(e)
                else:
                    going = generator.asend(sent)
        except BaseException as e:
            context.run(own.__exit__, type(e), e, None)
            raise
        context.run(own.__exit__, None, None, None)

    return wrapper


class _Awaited:
    """An awaitable whose code runs in a context."""

    def __init__(self, context: Context, awaitable: Awaitable[Any]) -> None:
        self._context, self._awaitable = context, awaitable

    def __await__(self) -> Generator[Any, Any, Any]:
        return (yield from _Within(self._context, self._awaitable.__await__()))


class _Within:
    """A generator whose code runs in a context."""

    def __init__(self, context: Context, generator: Any) -> None:
        self._context, self._generator = context, generator

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return self._context.run(next, self._generator)

    def send(self, value: Any) -> Any:
        return self._context.run(self._generator.send, value)

    def throw(self, *error: Any) -> Any:
        return self._context.run(self._generator.throw, *error)

    def close(self) -> None:
        self._context.run(self._generator.close)
