"""Other names of resources are answered as the canonical ones."""

import httpx2
import pytest

from gateway.aliases import ALIASES
from gateway.app import Gateway
from gateway.edge.routes import Operation
from shared.http.transports import connect
from tests.gateway.caller import Caller

ITEM = Operation(
    "get_alias", "s", "GET", "/one/{a}/of/{b}", None, 1, "none", 0, {}, canonical="/all/{a}/{b}"
)


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("/api/v1/one/x/of/y", "/api/v1/all/x/y"),
        ("/one/x%2Fz/of/", "/all/x%2Fz/"),
    ],
)
def test_variables_keep_their_values(path: str, canonical: str) -> None:
    assert ITEM.canonical_path(path) == canonical


async def test_a_strategy_is_found_under_its_other_name(platform: Gateway) -> None:
    async with connect(None, platform) as http:
        nari = await Caller(http).register("nari@example.com")
        made = (await nari.call("POST", "/strategies", json={"name": "One"})).json()

        for path, canonical in (
            ("/strategy/list?limit=5", "/strategies?limit=5"),
            (f"/strategy/{made['id']}", f"/strategies/{made['id']}"),
            ("/strategy/st_nothing", "/strategies/st_nothing"),
        ):
            other = await nari.call("GET", path)
            usual = await nari.call("GET", canonical)
            assert (other.status_code, strip(other)) == (usual.status_code, strip(usual))
            assert other.headers.get("ETag") == usual.headers.get("ETag")
        tag = {"If-Match": (await nari.call("GET", f"/strategy/{made['id']}")).headers["ETag"]}
        path = f"/strategy/{made['id']}"
        changed = await nari.call("PATCH", path, json={"name": "Two"}, headers=tag)
        assert (changed.status_code, changed.json()["name"]) == (200, "Two")
        assert (await Caller(http).call("GET", "/strategy/list")).status_code == 401


def strip(answer: httpx2.Response) -> object:
    document = answer.json()
    return {name: document[name] for name in document if name != "request_id"}


async def test_the_document_names_aliases_of_what_there_is(platform: Gateway) -> None:
    async with connect(None, platform) as http:
        document = (await http.get("/openapi.json")).json()

    paths = document["paths"]
    for alias in ALIASES:
        method = alias.method.lower()
        canonical = paths.get(f"/api/v1{alias.canonical}", {}).get(method)
        other = paths.get(f"/api/v1{alias.path}", {}).get(method)
        assert (canonical is None) == (other is None)
        assert other is None or other["deprecated"]
