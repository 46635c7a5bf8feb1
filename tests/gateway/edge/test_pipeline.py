"""What the edge lets through, and what it says to the rest."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.gateway.caller import Caller


def problem(answer: httpx2.Response, status: int, code: str) -> dict[str, object]:
    """Return the problem document, having checked what every one of them has."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, object] = answer.json()
    assert document["code"] == code
    assert document["status"] == status
    assert document["request_id"] == answer.headers["x-request-id"]
    return document


async def test_a_signed_in_person_reaches_the_service(mina: Caller) -> None:
    answer = await mina.call("GET", "/things", params={"limit": 3})

    assert answer.json() == {"items": [0, 1, 2], "next_cursor": None}


async def test_nobody_reaches_a_scoped_operation_anonymously(anonymous: Caller) -> None:
    answer = await anonymous.call("GET", "/things")

    problem(answer, 401, "not-authenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_forged_token_is_refused(anonymous: Caller) -> None:
    answer = await anonymous.holding("aaaa.bbbb.cccc").call("GET", "/things")

    problem(answer, 401, "token-invalid")


async def test_a_bad_credential_is_no_hindrance_where_none_is_needed(anonymous: Caller) -> None:
    answer = await anonymous.holding("aaaa.bbbb.cccc").call("GET", "/caller")

    assert answer.json()["kind"] == "anonymous"


@pytest.mark.parametrize("header", ["X-API-Key", "Authorization"])
async def test_an_api_key_is_accepted_in_either_header(newcomer: Caller, header: str) -> None:
    program = await newcomer.make_key("strategy:read")
    key = program.headers["X-API-Key"]
    value = key if header == "X-API-Key" else f"Bearer {key}"

    answer = await Caller(newcomer.http, {header: value}).call("GET", "/things")

    assert answer.status_code == 200


async def test_a_key_does_what_its_scopes_cover_and_no_more(newcomer: Caller) -> None:
    program = await newcomer.make_key("strategy:read")

    answer = await program.call("POST", "/things", json={"name": "x"})

    assert problem(answer, 403, "forbidden")["required_scope"] == "strategy:write"


async def test_two_credentials_are_one_too_many(mina: Caller) -> None:
    program = await mina.make_key()

    answer = await mina.call("GET", "/things", headers=program.headers)

    problem(answer, 400, "bad-request")


@pytest.mark.parametrize("path", ["/internal/things", "/nothing", "/things/a/b", "/things/", "/"])
async def test_what_is_not_marked_as_public_is_not_there(mina: Caller, path: str) -> None:
    problem(await mina.call("GET", path), 404, "not-found")


async def test_an_unknown_path_outside_of_the_api_is_a_problem_too(anonymous: Caller) -> None:
    problem(await anonymous.http.get("/internal/things"), 404, "not-found")


async def test_a_wrong_method_is_told_the_right_ones(mina: Caller) -> None:
    answer = await mina.call("DELETE", "/things")

    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"


async def test_a_fixed_segment_wins_over_a_name(mina: Caller) -> None:
    assert (await mina.call("GET", "/things/mine")).json() == {"name": "mine"}
    assert (await mina.call("GET", "/things/yours")).json() == {"name": "yours"}


async def test_head_is_get_without_a_body(mina: Caller) -> None:
    answer = await mina.call("HEAD", "/things", params={"limit": 3})

    assert answer.status_code == 200
    assert answer.content == b""


async def test_an_identity_from_outside_is_never_believed(mina: Caller) -> None:
    forged = {"X-Naru-Identity": "forged", "X-Naru-Anything": "1", "Cookie": "a=b"}

    answer = await mina.call("GET", "/caller", headers=forged)

    seen = answer.json()
    assert seen["kind"] == "session"
    assert seen["headers"]["x-naru-identity"] != "forged"
    assert not {"authorization", "cookie", "x-naru-anything"} & seen["headers"].keys()


async def test_a_sane_request_id_is_kept_and_another_replaced(mina: Caller) -> None:
    sane = await mina.call("GET", "/caller", headers={"X-Request-Id": "run-17.a"})
    strange = await mina.call("GET", "/caller", headers={"X-Request-Id": "a b" * 100})

    assert sane.headers["x-request-id"] == "run-17.a"
    assert sane.json()["headers"]["x-request-id"] == "run-17.a"
    assert strange.headers["x-request-id"] != "a b" * 100


async def test_location_and_problems_name_public_addresses(mina: Caller) -> None:
    made = await mina.call("POST", "/things", json={"name": "x"})
    taken = await mina.call("POST", "/things", json={"name": "taken"})

    assert made.headers["location"] == "/api/v1/things/x"
    assert problem(taken, 409, "conflict")["instance"] == "/api/v1/things"


async def test_an_unexpected_failure_keeps_its_details_to_itself(anonymous: Caller) -> None:
    answer = await anonymous.call("GET", "/broken")

    problem(answer, 500, "internal-error")
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("limt=5", "/query/limt", "unknown-field"),
        ("limit=5&limit=6", "/query/limit", "repeated-field"),
        ("tag=%00", "/query/tag", "nul-character"),
        ("tag=%FF", "/query", "query-malformed"),
    ],
)
async def test_a_query_that_would_be_misread_is_refused(
    mina: Caller, query: str, pointer: str, code: str
) -> None:
    document = problem(await mina.call("GET", f"/things?{query}"), 422, "invalid-input")

    assert [(e["pointer"], e["code"]) for e in document["errors"]] == [(pointer, code)]  # type: ignore[attr-defined]


async def test_a_query_field_that_is_a_list_may_repeat(mina: Caller) -> None:
    assert (await mina.call("GET", "/things?tag=a&tag=b&limit=1")).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"name": "x",', 400, "bad-request"),
        (b'{"name": "x", "size": NaN}', 400, "bad-request"),
        (b'{"name": "x", "size": 1e400}', 400, "bad-request"),
        (b'{"name": "\\ud800"}', 400, "bad-request"),
        (b'{"name": "\xff"}', 400, "bad-request"),
        ('{"name": "x"}'.encode("utf-16"), 400, "bad-request"),
        (b'{"name": "x", "name": "y"}', 422, "invalid-input"),
        (b'{"name": "\\u0000"}', 422, "invalid-input"),
        (b'{"name": ' + b"[" * 300 + b"]" * 300 + b"}", 422, "invalid-input"),
        (b'{"name": "x", "more": 1}', 422, "invalid-input"),
        (b"null", 422, "invalid-input"),
        (b"", 422, "invalid-input"),
    ],
)
async def test_only_strict_json_gets_through(
    mina: Caller, body: bytes, status: int, code: str
) -> None:
    answer = await mina.call(
        "POST", "/things", content=body, headers={"Content-Type": "application/json"}
    )

    problem(answer, status, code)


async def test_a_body_that_is_no_json_by_its_own_words_is_refused(mina: Caller) -> None:
    answer = await mina.call("POST", "/things", content=b"name=x", headers={"Content-Type": "a/b"})

    problem(answer, 415, "unsupported-media-type")


async def test_a_body_beyond_a_mebibyte_is_refused_with_or_without_a_length(mina: Caller) -> None:
    headers = {"Content-Type": "application/json"}

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b" " * 65536

    declared = await mina.call("POST", "/things", content=b" " * 1_048_577, headers=headers)
    chunked = await mina.call("POST", "/things", content=chunks(), headers=headers)

    problem(declared, 413, "content-too-large")
    problem(chunked, 413, "content-too-large")


async def test_an_upload_is_passed_on_up_to_its_own_limit(mina: Caller) -> None:
    async def chunks(count: int) -> AsyncIterator[bytes]:
        for _ in range(count):
            yield b"x" * 100

    fits = await mina.call("POST", "/uploads", content=chunks(10))
    exceeds = await mina.call("POST", "/uploads", content=chunks(11))

    assert fits.json() == {"size": 1000}
    problem(exceeds, 413, "content-too-large")


@pytest.mark.parametrize("path", ["/things", "/uploads"])
async def test_a_client_that_stops_sending_is_told_so(mina: Caller, path: str) -> None:
    scope = {
        "type": "http",
        "method": "POST",
        "path": f"/api/v1{path}",
        "query_string": b"",
        "headers": [
            (b"authorization", mina.headers["Authorization"].encode()),
            (b"content-type", b"application/json"),
        ],
        "client": ("203.0.113.9", 1),
    }
    sent = []

    async def receive() -> dict[str, object]:
        if not sent:
            await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    transport = mina.http._transport._inner.app  # type: ignore[attr-defined]
    await transport(scope, receive, send)

    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]  # type: ignore[operator]


async def test_every_answer_has_the_headers_that_keep_browsers_careful(anonymous: Caller) -> None:
    answer = await anonymous.call("GET", "/nothing")

    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_listed_origins_may_read_answers_and_others_may_not(anonymous: Caller) -> None:
    listed = await anonymous.call("GET", "/caller", headers={"Origin": "https://app.example.com"})
    other = await anonymous.call("GET", "/caller", headers={"Origin": "https://evil.example"})

    assert listed.headers["access-control-allow-origin"] == "https://app.example.com"
    assert "access-control-allow-origin" not in other.headers
    assert other.headers["vary"] == "Origin"


async def test_a_preflight_is_answered_without_a_credential(anonymous: Caller) -> None:
    answer = await anonymous.call(
        "OPTIONS",
        "/things",
        headers={"Origin": "https://app.example.com", "Access-Control-Request-Method": "POST"},
    )

    assert answer.status_code == 204
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "Idempotency-Key" in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize(
    ("tags", "status"), [('"1"', 304), ('W/"1"', 304), ("*", 304), ('"2"', 200)]
)
async def test_what_the_client_holds_is_not_sent_again(
    mina: Caller, tags: str, status: int
) -> None:
    answer = await mina.call("GET", "/things/x", headers={"If-None-Match": tags})

    assert answer.status_code == status
    assert (answer.content == b"") == (status == 304)
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["cache-control"] == "private, no-cache"


async def test_long_answers_are_compressed_for_those_who_can_read_that(mina: Caller) -> None:
    zipped = await mina.http.get("/openapi.json", headers={"Accept-Encoding": "gzip"})
    plain = await mina.http.get("/openapi.json", headers={"Accept-Encoding": "identity"})

    assert zipped.headers["content-encoding"] == "gzip"
    assert int(zipped.headers["content-length"]) < int(plain.headers["content-length"]) / 3
    assert zipped.content == plain.content
    assert "accept-encoding" in plain.headers["vary"].lower()
