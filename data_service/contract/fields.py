"""Field types that several schemas share."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field, PlainSerializer, StringConstraints, WithJsonSchema

from shared.text import written_as

Symbol = Annotated[
    str,
    StringConstraints(pattern=r"^\w[\w.\-/:=^&]{0,63}$"),
    written_as("AAPL or BTC-USD: letters, digits and . - / : = ^ & _, at most 64"),
    Field(description="The instrument's name.", examples=["AAPL"]),
]
Timeframe = Annotated[
    str,
    StringConstraints(pattern=r"^[1-9][0-9]{0,3}(ms|s|m|h|d|w|mo)$"),
    written_as("1m, 5m, 1h, 1d, 1w or 1mo"),
    Field(description="Width of a bar: a number and ms, s, m, h, d, w or mo.", examples=["1d"]),
]
PlainDecimal = Annotated[
    Decimal,
    PlainSerializer(lambda value: format(value, "f"), return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "decimal"}),
]
"""A decimal string without an exponent."""
