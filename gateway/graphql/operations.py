"""GraphQL fields that are REST operations under another spelling.

A field names the operation that it stands for. Scope and price are read from the operation's own
mark, as the edge reads them; input, output, step-up, idempotency and refusals are the service's.
"""

import hashlib
import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import strawberry
from pydantic import BaseModel
from strawberry.types.field import StrawberryField

from gateway.graphql.connections import DEFAULT_FIRST, Connection, connect
from gateway.graphql.mirror import Mirror, read_input, reader
from gateway.graphql.types import Context
from shared.http.pages import ItemPage

Model = TypeVar("Model", bound=BaseModel)
_VARIABLE = re.compile(r"{(\w+)}")


@dataclass(frozen=True, slots=True)
class Change:
    """A mutation.

    path         template, as in REST; its variables become arguments
    takes        model of the body, or None
    gives        model of the answer; None where there is none: the mutation answers true
    revisable    whether REST wants If-Match: the argument ``ifMatch``
    """

    name: str
    service: str
    method: str
    path: str
    takes: Any = None
    gives: Any = None
    revisable: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A query field with a list: a connection of ``items``, paged as REST does."""

    name: str
    service: str
    path: str
    items: type[BaseModel]
    filters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """A query field with one resource."""

    name: str
    service: str
    path: str
    gives: Any
    filters: Mapping[str, Any] = field(default_factory=dict)


def change_field(change: Change, mirror: Mirror) -> StrawberryField:
    """Return the mutation's field."""
    parameters = _path_parameters(change.path)
    if change.takes is not None:
        name = f"{change.name[0].upper()}{change.name[1:]}Input"
        parameters.append(_parameter("input", mirror.input(change.takes, name)))
    if change.revisable:
        parameters.append(_parameter("if_match", str, "*"))
    if change.method == "POST":
        parameters.append(_parameter("idempotency_key", str | None, None))
    read = reader(change.gives) if change.gives is not None else None

    async def resolve(info: Context, **given: Any) -> Any:
        headers = {}
        if change.revisable:
            headers["If-Match"] = given["if_match"]
        key = _idempotency_key(info, given.get("idempotency_key"))
        if change.method == "POST" and key is not None:
            headers["Idempotency-Key"] = key
        body = read_input(given["input"]) if change.takes is not None else None
        answer = await info.context.perform(
            change.service, change.method, change.path, given, body=body, headers=headers
        )
        return mirror.present(read(answer)) if read is not None else True

    gives = mirror.output(change.gives) if change.gives is not None else bool
    return _field(resolve, change.name, parameters, gives, f"{change.method} {change.path}")


def listing_field(listing: Listing, mirror: Mirror) -> StrawberryField:
    """Return the list's field."""
    parameters = [
        *_path_parameters(listing.path),
        *(_parameter(name, kind, None) for name, kind in listing.filters.items()),
        _parameter("first", int, DEFAULT_FIRST),
        _parameter("after", str | None, None),
    ]
    read = reader(ItemPage[listing.items])  # type: ignore[name-defined]

    async def resolve(info: Context, first: int, after: str | None, **given: Any) -> Any:
        filters = {name: read_input(given[name]) for name in listing.filters}

        async def fetch(cursor: str | None, limit: int) -> ItemPage[Any]:
            params = {**filters, "cursor": cursor, "limit": limit}
            answer = await info.context.perform(
                listing.service, "GET", listing.path, given, params=params
            )
            page: ItemPage[Any] = read(answer)
            return page

        return await connect(fetch, mirror.present, first, after)

    gives: Any = Connection[mirror.output(listing.items)]  # type: ignore[misc]
    return _field(resolve, listing.name, parameters, gives, f"GET {listing.path}")


def reading_field(reading: Reading, mirror: Mirror) -> StrawberryField:
    """Return the resource's field."""
    parameters = [
        *_path_parameters(reading.path),
        *(_parameter(name, kind, None) for name, kind in reading.filters.items()),
    ]
    read = reader(reading.gives)

    async def resolve(info: Context, **given: Any) -> Any:
        params = {name: read_input(given[name]) for name in reading.filters}
        answer = await info.context.perform(
            reading.service, "GET", reading.path, given, params=params
        )
        return mirror.present(read(answer))

    gives = mirror.output(reading.gives)
    return _field(resolve, reading.name, parameters, gives, f"GET {reading.path}")


def _path_parameters(path: str) -> list[inspect.Parameter]:
    return [
        _parameter(name, strawberry.ID if name.endswith("_id") else int)
        for name in _VARIABLE.findall(path)
    ]


def _parameter(name: str, kind: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default)


def _field(
    resolve: Any, name: str, parameters: list[inspect.Parameter], gives: Any, operation: str
) -> StrawberryField:
    info = inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Context)
    resolve.__name__ = name
    resolve.__signature__ = inspect.Signature([info, *parameters], return_annotation=gives)
    resolve.__annotations__ = {"info": Context, "return": gives} | {
        parameter.name: parameter.annotation for parameter in parameters
    }
    made: StrawberryField = strawberry.field(
        resolver=resolve, name=name, description=f"As `{operation}`."
    )
    return made


def _idempotency_key(info: Context, given: str | None) -> str | None:
    """Return the argument, or else a key of this field under the request's header."""
    if given is not None:
        return given
    of_request = info.context.idempotency_key
    if of_request is None:
        return None
    path = info.path.key
    return hashlib.sha256(f"{of_request}\n{path}".encode()).hexdigest()
