"""Versions: checked, numbered, kept for ever, compared."""

import asyncio
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from logic_service.client import LogicClient
from logic_service.contract.errors import VersionNotFoundError
from logic_service.contract.versions import MAX_SOURCE_BYTES
from logic_service.deps import LogicDeps
from shared.identity import IDENTITY_HEADER, IdentitySigner
from shared.ids import new_id, parse_public_id, public_id
from tests.logic_service.caller import HOLD, MASTER_KEY, REFUSED, VECTOR, Caller


def version_id(version: dict[str, Any]) -> Any:
    """Return a version's id as the client takes it."""
    return parse_public_id("ver", version["id"])


def sources_of(deps: LogicDeps, caller: Caller) -> list[Path]:
    """Return the objects that hold the workspace's sources."""
    folder = deps.settings.state_dir / "objects" / "sources" / caller.workspace_id.hex
    return list(folder.glob("*"))


async def test_an_upload_is_checked_hashed_and_numbered(caller: Caller, deps: LogicDeps) -> None:
    strategy = await caller.create()

    answer = await caller.call(
        "POST", f"/strategies/{strategy['id']}/versions", {"source": HOLD, "note": "first"}
    )

    version = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/strategies/{strategy['id']}/versions/1"
    assert version["number"] == 1
    assert version["sha256"] == sha256(HOLD.encode()).hexdigest()
    assert version["size_bytes"] == len(HOLD.encode())
    assert (version["strategy_name"], version["style"]) == ("Hold", "event")
    assert (version["doc"], version["note"]) == ("Buy once and hold.", "first")
    assert version["params_schema"]["properties"]["percent"]["default"] == 0.5
    assert [path.stem for path in sources_of(deps, caller)] == [version["sha256"]]
    current = (await caller.call("GET", f"/strategies/{strategy['id']}")).json()
    assert current["current_version_id"] == version["id"]
    assert (current["current_number"], current["latest_number"]) == (1, 1)


async def test_the_source_comes_back_as_it_was(caller: Caller, client: LogicClient) -> None:
    source = HOLD.replace("\n", "\r\n") + "# 한글 ✓\t \n\n"
    strategy = await caller.create()
    version = await caller.upload(strategy["id"], source)

    answer = await caller.call("GET", f"/strategies/{strategy['id']}/versions/1/source")

    assert answer.json() == {
        "version_id": version["id"],
        "number": 1,
        "sha256": sha256(source.encode()).hexdigest(),
        "source": source,
    }
    assert (await client.get_source(caller.service, version_id(version))).source == source


async def test_the_same_source_is_the_same_version(caller: Caller, client: LogicClient) -> None:
    strategy_id = await caller.create_with(HOLD, VECTOR)

    answer = await caller.call("POST", f"/strategies/{strategy_id}/versions", {"source": HOLD})

    assert (answer.status_code, answer.json()["number"]) == (200, 1)
    strategy = (await caller.call("GET", f"/strategies/{strategy_id}")).json()
    assert (strategy["current_number"], strategy["latest_number"]) == (1, 2)
    assert len((await client.read_events(0, 10)).events) == 2


async def test_uploads_at_once_are_numbered_without_gaps(caller: Caller) -> None:
    strategy_id = await caller.create_with()
    sources = [HOLD + f"# {n % 4}\n" for n in range(8)]

    versions = await asyncio.gather(*(caller.upload(strategy_id, source) for source in sources))

    by_source = dict(zip(sources, versions, strict=True))
    assert sorted(version["number"] for version in by_source.values()) == [1, 2, 3, 4]
    assert len({version["id"] for version in versions}) == 4


async def test_a_new_version_is_an_event(caller: Caller, client: LogicClient) -> None:
    strategy = await caller.create()
    version = await caller.upload(strategy["id"])

    (event,) = (await client.read_events(0, 10)).events

    assert (event.name, event.workspace_id) == ("logic.version.created", caller.workspace_id)
    assert event.payload["version_id"] == version["id"]
    assert event.payload["sha256"] == version["sha256"]


async def test_versions_come_in_pages_newest_first(caller: Caller, client: LogicClient) -> None:
    strategy_id = await caller.create_with(*(HOLD + f"# {n}\n" for n in range(3)))
    internal_id = parse_public_id("st", strategy_id)
    assert internal_id is not None

    first = await client.list_versions(caller.person, internal_id, limit=2)
    second = await client.list_versions(
        caller.person, internal_id, limit=2, cursor=first.next_cursor
    )

    assert [item.number for item in first.items] == [3, 2]
    assert [item.number for item in second.items] == [1]


async def test_versions_are_found_by_id(
    caller: Caller, stranger: Caller, client: LogicClient
) -> None:
    version = await caller.upload((await caller.create())["id"])

    found = await client.get_version(caller.service, version_id(version))

    assert found.model_dump(mode="json") == version
    assert await client.find_versions(caller.person, [version_id(version), new_id()]) == [found]
    assert await client.find_versions(stranger.person, [version_id(version)]) == []
    with pytest.raises(VersionNotFoundError):
        await client.get_version(stranger.service, version_id(version))
    with pytest.raises(VersionNotFoundError):
        await client.get_source(stranger.service, version_id(version))


async def test_two_versions_are_compared(caller: Caller) -> None:
    strategy_id = await caller.create_with(HOLD, HOLD.replace("0.5,", "0.75,"))

    diff = (await caller.call("GET", f"/strategies/{strategy_id}/diff?from=1&to=2")).json()

    assert (diff["added_count"], diff["removed_count"]) == (1, 1)
    assert diff["unified"].startswith("--- version 1\n+++ version 2\n@@ -")
    changed = [line for line in diff["hunks"][0]["lines"] if line["kind"] != "same"]
    assert [(line["kind"], line["from_line"], line["to_line"]) for line in changed] == [
        ("removed", 8, None),
        ("added", None, 8),
    ]
    back = (await caller.call("GET", f"/strategies/{strategy_id}/diff?from=2&to=1")).json()
    assert (back["from_number"], back["to_number"]) == (2, 1)
    same = (await caller.call("GET", f"/strategies/{strategy_id}/diff?from=2&to=2")).json()
    assert (same["unified"], same["hunks"]) == ("", [])


async def test_a_refused_source_names_lines_and_columns_and_is_not_kept(
    caller: Caller, deps: LogicDeps
) -> None:
    strategy = await caller.create()

    answer = await caller.call(
        "POST", f"/strategies/{strategy['id']}/versions", {"source": REFUSED}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "source-refused")
    problems = answer.json()["errors"]
    assert [(item["pointer"], item["line"], item["column"]) for item in problems] == [
        ("/source", 1, 1),
        ("/source", 7, 9),
    ]
    assert "os" in problems[0]["message"]
    assert problems[0]["code"] == "import-refused"
    assert (await caller.call("GET", f"/strategies/{strategy['id']}/versions")).json()[
        "items"
    ] == []
    assert not sources_of(deps, caller)


SYNTAX_ERROR = "from naru import Strategy\nclass A(Strategy):\n    def on_bar(self:\n        pass\n"


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (SYNTAX_ERROR, 3),
        ("x = 1\n", None),
        ("", None),
        ("import naru\nx = 1 / 0\n", 2),
        ("while True:\n    pass\n", None),
        ("x = [0] * 10**10\n", None),
        ("a\x00b", None),
        ("(" * 5000, None),
    ],
    ids=["syntax", "no strategy", "empty", "raises", "loops", "eats memory", "nul", "deep"],
)
async def test_sources_that_cannot_run_are_refused(
    caller: Caller, source: str, line: int | None
) -> None:
    strategy = await caller.create()

    answer = await caller.call("POST", f"/strategies/{strategy['id']}/versions", {"source": source})

    assert (answer.status_code, answer.json()["code"]) == (422, "source-refused"), answer.text
    (problem, *_) = answer.json()["errors"]
    assert problem["pointer"] == "/source"
    assert problem.get("line") == line or line is None
    assert len(problem["message"]) > 10


async def test_validating_says_what_an_upload_would(caller: Caller, client: LogicClient) -> None:
    good = await client.validate_source(caller.person, VECTOR)
    bad = await client.validate_source(caller.person, REFUSED)

    assert (good.valid, good.strategy_name, good.style) == (True, "half", "vector")
    assert good.params_schema is not None
    assert (bad.valid, bad.strategy_name) == (False, None)
    assert [(item.line, item.column, item.code) for item in bad.problems] == [
        (1, 1, "import-refused"),
        (7, 9, "builtin-refused"),
    ]
    assert all(item.message for item in bad.problems)
    assert bad.problems[0].hint is not None


async def test_validating_stores_nothing(caller: Caller, deps: LogicDeps) -> None:
    await caller.call("POST", "/strategies/validate", {"source": HOLD})

    assert not sources_of(deps, caller)


@pytest.mark.parametrize("path", ["/validate", "/versions"])
async def test_a_source_has_128_kib_at_most(caller: Caller, path: str) -> None:
    strategy = await caller.create()
    prefix = "" if path == "/validate" else f"/{strategy['id']}"
    # Korean letters take three bytes: the limit counts bytes, not characters.
    source = HOLD + "#" + "가" * (MAX_SOURCE_BYTES // 3)

    answer = await caller.call("POST", f"/strategies{prefix}{path}", {"source": source})

    problem = answer.json()["errors"][0]
    assert (answer.status_code, problem["pointer"]) == (422, "/source")
    assert problem["code"] == "source-too-long"
    assert str(MAX_SOURCE_BYTES) in problem["message"]


async def test_a_source_of_128_kib_is_taken(caller: Caller) -> None:
    strategy = await caller.create()
    source = HOLD + "# " + "a" * (MAX_SOURCE_BYTES - len(HOLD) - 2)

    assert (await caller.upload(strategy["id"], source))["size_bytes"] == MAX_SOURCE_BYTES


async def test_lone_surrogates_are_refused(caller: Caller) -> None:
    answer = await caller.http.post(
        "/strategies/validate",
        content=b'{"source": "\\ud800"}',
        headers={
            IDENTITY_HEADER: IdentitySigner(MASTER_KEY).sign(caller.person),
            "Content-Type": "application/json",
        },
    )

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/source")


PATHS = [
    ("GET", "/versions", None),
    ("POST", "/versions", {"source": HOLD}),
    ("GET", "/versions/1", None),
    ("GET", "/versions/1/source", None),
    ("GET", "/diff?from=1&to=1", None),
]


@pytest.mark.parametrize(("method", "path", "body"), PATHS)
async def test_versions_of_others_do_not_exist(
    caller: Caller, stranger: Caller, method: str, path: str, body: object
) -> None:
    strategy_id = await caller.create_with(HOLD)

    answer = await stranger.call(method, f"/strategies/{strategy_id}{path}", body)

    assert (answer.status_code, answer.json()["code"]) == (404, "strategy-not-found")


@pytest.mark.parametrize(("method", "path", "body"), PATHS)
async def test_versions_want_a_signature(
    caller: Caller, method: str, path: str, body: object
) -> None:
    answer = await caller.anonymous(method, f"/strategies/{public_id('st', new_id())}{path}")

    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["/versions/2", "/versions/2/source", "/diff?from=1&to=2"])
async def test_numbers_that_were_never_given(caller: Caller, path: str) -> None:
    strategy_id = await caller.create_with(HOLD)

    answer = await caller.call("GET", f"/strategies/{strategy_id}{path}")

    assert (answer.status_code, answer.json()["code"]) == (404, "version-not-found")


@pytest.mark.parametrize(
    "path",
    ["/versions/0", "/versions/x", f"/versions/{2**31}", "/diff?from=1", "/diff?from=1&to=-1"],
)
async def test_bad_numbers_are_named(caller: Caller, path: str) -> None:
    strategy_id = await caller.create_with(HOLD)

    assert (await caller.call("GET", f"/strategies/{strategy_id}{path}")).status_code == 422
