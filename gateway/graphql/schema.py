"""The schema: its root fields, its scalars, and what it tells of its pages."""

from collections.abc import Mapping
from datetime import UTC, datetime

import strawberry
from graphql import GraphQLObjectType, GraphQLSchema
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import create_type, merge_types

from gateway.graphql.connections import DEFAULT_FIRST
from gateway.graphql.fields import CHANGES, LISTINGS, READINGS
from gateway.graphql.mirror import BigInt
from gateway.graphql.operations import change_field, listing_field, reading_field
from gateway.graphql.queries import MIRROR, OwnQuery
from gateway.graphql.subscriptions import Subscription
from gateway.graphql.types import Backtest, Strategy, Version


def _spell_instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


_INSTANT = strawberry.scalar(
    name="DateTime",
    description="An instant, RFC 3339, UTC with Z.",
    serialize=_spell_instant,
    parse_value=datetime.fromisoformat,
)


_BIG_INT = strawberry.scalar(
    name="BigInt", description="An integer of up to 53 bits.", serialize=int, parse_value=int
)
_QUERIES = [listing_field(listing, MIRROR) for listing in LISTINGS] + [
    reading_field(reading, MIRROR) for reading in READINGS
]

schema = strawberry.Schema(
    query=merge_types("Query", (OwnQuery, create_type("MirroredQuery", _QUERIES))),
    mutation=create_type("Mutation", [change_field(change, MIRROR) for change in CHANGES]),
    subscription=Subscription,
    types=[Strategy, Version, Backtest],
    config=StrawberryConfig(scalar_map={datetime: _INSTANT, BigInt: _BIG_INT}),
)
executable: GraphQLSchema = schema._schema  # noqa: SLF001 (no public way to it)


def default_page_sizes() -> Mapping[str, int]:
    """Return the default of ``first`` by the name of the field that takes it."""
    sizes = {}
    for kind in executable.type_map.values():
        if isinstance(kind, GraphQLObjectType):
            for name, field in kind.fields.items():
                if "first" in field.args:
                    sizes[name] = DEFAULT_FIRST
    return sizes
