"""The long pages: packed once, named, counted, and refused in a crowd."""

import gzip

import httpx2
import pytest
from starlette.requests import Request

from gateway.pages.app import page_operations
from gateway.pages.published import Published
from gateway.pages.reference import render_reference
from tests.gateway.caller import Caller

LONG = ("/openapi.json", "/docs")


@pytest.mark.parametrize(("accepts", "packed"), [(b"gzip, br", True), (b"identity", False)])
async def test_a_page_comes_in_the_form_that_can_be_read(accepts: bytes, packed: bool) -> None:
    page = Published.of(b"words " * 500, "text/html", {"X-Policy": "none"})
    scope = {"type": "http", "headers": [(b"accept-encoding", accepts)]}

    answer = page.answer(Request(scope))

    body = bytes(answer.body)
    assert (gzip.decompress(body) if packed else body) == b"words " * 500
    assert answer.headers.get("content-encoding") == ("gzip" if packed else None)
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["x-policy"] == "none"


@pytest.mark.parametrize("path", LONG)
async def test_a_long_page_is_not_sent_to_who_holds_it(anonymous: Caller, path: str) -> None:
    first = await anonymous.http.get(path)
    held = {"If-None-Match": first.headers["etag"]}

    again = await anonymous.http.get(path, headers=held)

    assert first.status_code == 200
    assert first.content
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", LONG)
async def test_a_long_page_takes_from_the_allowance(anonymous: Caller, path: str) -> None:
    left = []
    for _ in range(2):
        answer: httpx2.Response = await anonymous.http.get(path)
        left.append(
            int(answer.headers["ratelimit"].split("minute")[1].split("r=")[1].split(";")[0])
        )

    assert left[0] - left[1] == 1


async def test_what_operators_look_at_is_not_counted(anonymous: Caller) -> None:
    for path in ("/health/live", "/metrics"):
        assert "ratelimit" not in (await anonymous.http.get(path)).headers


def test_only_long_pages_need_a_place_in_a_crowd() -> None:
    """The edge takes an operation on without counting it in where it costs nothing."""
    assert {path for path, operation in page_operations().items() if operation.cost} == set(LONG)


async def test_the_address_of_the_platform_leads_to_its_documentation(anonymous: Caller) -> None:
    answer = await anonymous.http.get("/")

    assert answer.status_code == 307
    assert answer.headers["location"] == "docs"


@pytest.mark.parametrize("path", ["/health/live", "/docs", "/metrics"])
async def test_pages_answer_head_as_get_without_a_body(anonymous: Caller, path: str) -> None:
    answer = await anonymous.http.head(path)
    refused = await anonymous.http.post(path)

    assert (answer.status_code, answer.content) == (200, b"")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


def test_the_documentation_shows_the_examples_of_the_document_and_code_as_code() -> None:
    answer = {"description": "", "content": {"application/json": {"example": {"size": "<1>"}}}}
    operation = {
        "operationId": "list_things",
        "description": "List with `limit`, <b>not</b> more.",
        "responses": {"200": answer},
    }
    document = {
        "info": {"title": "Naru", "version": "1", "description": "All."},
        "paths": {"/things": {"get": operation}},
    }

    page = render_reference(document)

    assert "List with <code>limit</code>, &lt;b&gt;not&lt;/b&gt; more." in page
    assert "&#34;size&#34;: &#34;&lt;1&gt;&#34;" in page
