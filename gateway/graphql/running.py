"""Run an operation, and leave nothing behind that nobody waits for."""

from inspect import CORO_CREATED, getcoroutinestate, isawaitable
from types import CoroutineType
from typing import Any, TypeGuard

from graphql import DocumentNode, ExecutionResult, GraphQLSchema, execute
from graphql.pyutils import is_awaitable


class _Awaitables:
    """Tells what is awaitable, as graphql-core asks, and remembers the coroutines among it.

    An error that takes its whole answer with it cancels what is under way. What had been prepared
    by then, and not begun, graphql-core forgets, and Python warns of each such coroutine.
    """

    def __init__(self) -> None:
        self._seen: list[CoroutineType[Any, Any, Any]] = []

    def __call__(self, value: Any) -> TypeGuard[Any]:
        found = is_awaitable(value)
        if found and isinstance(value, CoroutineType):
            self._seen.append(value)
        return found

    def close(self) -> None:
        """Close those that have not begun."""
        for coroutine in self._seen:
            _close(coroutine)


def _close(coroutine: "CoroutineType[Any, Any, Any]") -> None:
    """Close a coroutine that has not begun, and those that it would have awaited."""
    if getcoroutinestate(coroutine) != CORO_CREATED:
        return
    frame = coroutine.cr_frame
    held = list(frame.f_locals.values()) if frame is not None else []
    coroutine.close()
    for value in held:
        members = value.values() if isinstance(value, dict) else value
        for member in members if isinstance(value, dict | list | tuple) else [value]:
            if isinstance(member, CoroutineType):
                _close(member)


async def run_operation(
    schema: GraphQLSchema, document: DocumentNode, **options: Any
) -> ExecutionResult:
    """Run a query or mutation; ``options`` are those of ``graphql.execute``."""
    awaitables = _Awaitables()
    try:
        result = execute(schema, document, is_awaitable=awaitables, **options)
        return await result if isawaitable(result) else result
    finally:
        awaitables.close()
