"""What the clients make of a platform, or a network, that fails."""

import asyncio
import io
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from naru_client import (
    NO_RETRIES,
    ApiError,
    AsyncNaruClient,
    ConnectionFailedError,
    InvalidInputError,
    NaruClient,
    NaruError,
    NotAuthenticatedError,
    RateLimitedError,
    RetryPolicy,
    SignInRequiredError,
    Tokens,
    UnavailableError,
    UnexpectedAnswerError,
)
from tests.clients.misbehaving import (
    Behaviour,
    MisbehavingServer,
    answer,
    drip,
    drop,
    half,
    problem,
    silent,
)

EMPTY = answer(200, {"items": [], "next_cursor": None})
STRATEGY = {
    "id": "st_1",
    "name": "Cross",
    "description": "",
    "current_version_id": None,
    "current_number": None,
    "latest_number": 0,
    "forked_from_version_id": None,
    "created_at": "2026-11-20T09:30:00Z",
    "updated_at": "2026-11-20T09:30:00Z",
}
HASTY = RetryPolicy(attempts=3, first_wait_s=0.001, longest_wait_s=5)

Ask = Callable[..., Any]


def ask_sync(url: str, path: str, *arguments: Any, options: Any = None, **named: Any) -> Any:
    group, name = path.split(".")
    with NaruClient(url, **{"api_key": "sk_live_x", "retries": HASTY, **(options or {})}) as client:
        found = getattr(getattr(client, group), name)(*arguments, **named)
        return list(found) if name.startswith("list") else found


def ask_async(url: str, path: str, *arguments: Any, options: Any = None, **named: Any) -> Any:
    group, name = path.split(".")

    async def ask() -> Any:
        given = {"api_key": "sk_live_x", "retries": HASTY, **(options or {})}
        async with AsyncNaruClient(url, **given) as client:
            found = getattr(getattr(client, group), name)(*arguments, **named)
            if name.startswith("list"):
                return [item async for item in found]
            return await found

    return asyncio.run(ask())


@pytest.fixture(params=[ask_sync, ask_async], ids=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Ask:
    return request.param  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "failure",
    [drop, half, problem(503, "unavailable"), problem(429, "rate-limited", {"Retry-After": "0"})],
    ids=["dropped", "half", "503", "429"],
)
def test_reads_are_repeated(ask: Ask, server: MisbehavingServer, failure: Behaviour) -> None:
    server.will(failure, failure, EMPTY)

    assert ask(server.url, "strategies.list") == []

    assert len(server.requests) == 3


@pytest.mark.parametrize("failure", [drop, half, problem(503, "unavailable")])
def test_a_post_is_repeated_under_the_same_key(
    ask: Ask, server: MisbehavingServer, failure: Behaviour
) -> None:
    server.will(failure, answer(201, STRATEGY))

    assert ask(server.url, "strategies.create", name="Cross").id == "st_1"

    first, second = (request.headers["idempotency-key"] for request in server.requests)
    assert first == second
    assert server.requests[0].body == server.requests[1].body == b'{"name": "Cross"}'


def test_a_post_that_is_still_at_work_is_waited_for(ask: Ask, server: MisbehavingServer) -> None:
    server.will(problem(409, "idempotency-still-running"), answer(201, STRATEGY))

    assert ask(server.url, "strategies.create", name="Cross", idempotency_key="mine").id == "st_1"

    assert [request.headers["idempotency-key"] for request in server.requests] == ["mine"] * 2


@pytest.mark.parametrize("failure", [drop, problem(503, "unavailable")])
def test_an_update_that_may_have_happened_is_not_repeated(
    ask: Ask, server: MisbehavingServer, failure: Behaviour
) -> None:
    server.will(failure)

    with pytest.raises((ConnectionFailedError, UnavailableError)):
        ask(server.url, "strategies.update", "st_1", name="Other", if_match='"1"')

    assert len(server.requests) == 1
    assert server.requests[0].headers["if-match"] == '"1"'


def test_signing_in_is_not_repeated(ask: Ask, server: MisbehavingServer) -> None:
    server.will(drop)

    with pytest.raises(ConnectionFailedError):
        ask(server.url, "auth.login", email="a@example.com", password="secret-secret")

    assert len(server.requests) == 1
    assert "authorization" not in server.requests[0].headers
    assert "idempotency-key" not in server.requests[0].headers


def test_a_dead_server_is_given_up(ask: Ask, server: MisbehavingServer) -> None:
    server.will(drop)

    with pytest.raises(ConnectionFailedError) as caught:
        ask(server.url, "strategies.list")

    assert len(server.requests) == HASTY.attempts
    assert caught.value.__cause__ is not None


def test_a_long_wait_is_raised_instead(ask: Ask, server: MisbehavingServer) -> None:
    server.will(problem(429, "quota-exceeded", {"Retry-After": "3600"}))

    with pytest.raises(RateLimitedError) as caught:
        ask(server.url, "strategies.list")

    assert caught.value.retry_after_s == 3600
    assert len(server.requests) == 1


def test_retry_after_is_honoured() -> None:
    waits: list[float] = []
    with MisbehavingServer() as server, NaruClient(server.url, api_key="x") as client:
        client._transport.sleep = waits.append
        server.will(problem(429, "rate-limited", {"Retry-After": "7"}), EMPTY)
        assert list(client.strategies.list()) == []
    assert waits == [7.0]


@pytest.mark.parametrize("slow", [drip, silent])
def test_a_slow_answer_is_given_up(ask: Ask, server: MisbehavingServer, slow: Behaviour) -> None:
    server.will(slow)

    with pytest.raises(ConnectionFailedError):
        ask(server.url, "strategies.get", "st_1", timeout_s=0.3, options={"retries": NO_RETRIES})


def test_a_problem_names_the_line(ask: Ask, server: MisbehavingServer) -> None:
    body = {
        "title": "Refused",
        "detail": "no",
        "code": "source-refused",
        "request_id": "r",
        "facts_of_it": 1,
        "errors": [
            {"pointer": "/source", "code": "syntax", "message": "what?", "line": 3, "column": 7}
        ],
    }
    server.will(answer(422, body))

    with pytest.raises(InvalidInputError) as caught:
        ask(server.url, "strategies.create_version", "st_1", source="x")

    error = caught.value
    assert (error.code, error.request_id, error.facts) == (
        "source-refused",
        "r",
        {"facts_of_it": 1},
    )
    assert (error.errors[0].line, error.errors[0].column) == (3, 7)
    assert "line 3, column 7: what?" in str(error)


@pytest.mark.parametrize(
    "strange",
    [
        answer(502, "<html>proxy</html>"),
        answer(404, {"message": "nothing"}),
        answer(422, {"code": 1, "title": "", "detail": "", "errors": [5]}),
    ],
)
def test_an_error_that_is_no_problem(ask: Ask, server: MisbehavingServer, strange: Any) -> None:
    server.will(strange)

    with pytest.raises(UnexpectedAnswerError):
        ask(server.url, "strategies.get", "st_1", options={"retries": NO_RETRIES})


@pytest.mark.parametrize("body", [None, [], {"id": 5}, {**STRATEGY, "created_at": "yesterday"}])
def test_an_answer_that_does_not_fit(ask: Ask, server: MisbehavingServer, body: Any) -> None:
    server.will(answer(200, body))

    with pytest.raises(UnexpectedAnswerError):
        ask(server.url, "strategies.get", "st_1")


def test_members_of_tomorrow_are_kept(ask: Ask, server: MisbehavingServer) -> None:
    server.will(answer(200, {**STRATEGY, "colour": "red"}, {"ETag": '"7"'}))

    found = ask(server.url, "strategies.get", "../me")

    assert found.colour == "red"
    assert found.etag == '"7"'
    assert "GET /api/v1/strategies/..%2Fme HTTP/1.1" in server.requests[0].line


def test_pages_follow_the_cursor(ask: Ask, server: MisbehavingServer) -> None:
    page = {"items": [STRATEGY], "next_cursor": "next one"}
    server.will(answer(200, page), answer(200, page), EMPTY)

    assert len(ask(server.url, "strategies.list", page_size=1)) == 2

    assert "cursor" not in server.requests[0].line
    assert "cursor=next" in server.requests[1].line


def test_an_upload_starts_anew_and_tells_its_progress(ask: Ask, server: MisbehavingServer) -> None:
    told: list[tuple[int, int]] = []
    data = b"ts,open\n" * 20_000
    server.will(drop, answer(201, {}))

    file = io.BytesIO(b"skipped" + data)
    file.seek(7)
    with pytest.raises(UnexpectedAnswerError):  # the answer is no report: enough for this test
        ask(
            server.url,
            "datasets.upload",
            file,
            content_type="text/csv",
            symbol="AAPL",
            on_progress=lambda sent, size: told.append((sent, size)),
        )

    assert [request.body for request in server.requests] == [data, data]
    assert server.requests[0].headers["content-type"] == "text/csv"
    assert told[-1] == (len(data), len(data))


# --- sessions


def tokens(access: str = "old", *, ends_in: float = 1000.0) -> Tokens:
    return Tokens(access, "refresh-1", time.time() + ends_in)


PAIR = answer(200, {"access_token": "new", "refresh_token": "refresh-2", "expires_in": 1800})
SESSION = {"api_key": None}


def test_a_session_is_renewed_before_it_ends(ask: Ask, server: MisbehavingServer) -> None:
    kept: list[Tokens | None] = []
    server.will(PAIR, EMPTY)

    ask(
        server.url,
        "strategies.list",
        options={**SESSION, "tokens": tokens(ends_in=5), "on_tokens": kept.append},
    )

    assert server.requests[0].line.startswith("POST /api/v1/auth/refresh")
    assert server.requests[1].headers["authorization"] == "Bearer new"
    assert kept[0] is not None
    assert kept[0].refresh_token == "refresh-2"


def test_a_session_is_renewed_when_it_is_refused_once(ask: Ask, server: MisbehavingServer) -> None:
    refused = problem(401, "token-invalid")
    server.will(refused, PAIR, refused)

    with pytest.raises(NotAuthenticatedError):
        ask(server.url, "strategies.list", options={**SESSION, "tokens": tokens()})

    assert len(server.requests) == 3


def test_an_ended_session_is_forgotten(ask: Ask, server: MisbehavingServer) -> None:
    kept: list[Tokens | None] = []
    server.will(problem(401, "refresh-refused"))

    with pytest.raises(NotAuthenticatedError):
        ask(
            server.url,
            "strategies.list",
            options={**SESSION, "tokens": tokens(ends_in=0), "on_tokens": kept.append},
        )

    assert kept == [None]


def test_a_session_that_never_was_one_is_forgotten(ask: Ask, server: MisbehavingServer) -> None:
    kept: list[Tokens | None] = []
    server.will(problem(422, "validation-failed"))

    with pytest.raises(SignInRequiredError, match="damaged"):
        ask(
            server.url,
            "strategies.list",
            options={**SESSION, "tokens": tokens(ends_in=0), "on_tokens": kept.append},
        )

    assert kept == [None]


def test_what_another_process_has_renewed_is_taken_over(
    ask: Ask, server: MisbehavingServer
) -> None:
    server.will(EMPTY)

    ask(
        server.url,
        "strategies.list",
        options={**SESSION, "tokens": tokens(ends_in=5), "load_tokens": lambda: tokens("other")},
    )

    assert [request.headers["authorization"] for request in server.requests] == ["Bearer other"]


def test_threads_renew_a_session_once(server: MisbehavingServer) -> None:
    arrived = threading.Barrier(8)

    def refuse_together(server: MisbehavingServer, connection: Any, request: Any) -> None:
        if request.line.startswith("POST /api/v1/auth/refresh"):
            PAIR(server, connection, request)
        elif request.headers["authorization"] == "Bearer new":
            EMPTY(server, connection, request)
        else:
            arrived.wait(timeout=10)
            problem(401, "token-invalid")(server, connection, request)

    server.will(refuse_together)
    with NaruClient(server.url, tokens=tokens()) as client, ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: list(client.strategies.list()), range(8)))

    assert found == [[]] * 8
    refreshed = [found for found in server.requests if "/auth/refresh" in found.line]
    assert len(refreshed) == 1


async def test_tasks_renew_a_session_once(server: MisbehavingServer) -> None:
    def behave(server: MisbehavingServer, connection: Any, request: Any) -> None:
        renewing = "/auth/refresh" in request.line
        (PAIR if renewing else EMPTY)(server, connection, request)

    server.will(behave)
    async with AsyncNaruClient(server.url, tokens=tokens(ends_in=0)) as client:
        pages = (client.strategies.list().first_page() for _ in range(8))
        await asyncio.gather(*pages)

    refreshed = [found for found in server.requests if "/auth/refresh" in found.line]
    assert len(refreshed) == 1


def test_nothing_shows_a_secret(ask: Ask, server: MisbehavingServer) -> None:
    secret = "sk_live_very_secret"
    with NaruClient("http://127.0.0.1:1", api_key=secret) as client:
        shown = [repr(client), repr(client._transport.credentials)]
    shown.append(repr(tokens(secret)))
    server.will(problem(401, "api-key-invalid"))
    with pytest.raises(ApiError) as caught:
        ask(server.url, "strategies.list", options={"api_key": secret})
    error: BaseException | None = caught.value
    while error is not None:
        shown += [str(error), repr(error), repr(error.args)]
        error = error.__cause__

    assert not [text for text in shown if secret in text]


def test_without_a_session_it_is_said_what_to_do(server: MisbehavingServer) -> None:
    with NaruClient(server.url) as client:
        with pytest.raises(SignInRequiredError):
            client.confirm("password")
        client.logout()  # nothing to end, nothing to fail
    assert server.requests == []
    assert issubclass(SignInRequiredError, NaruError)
