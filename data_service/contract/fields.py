"""Field types that several schemas share."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field, PlainSerializer, StringConstraints

Symbol = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/=^-]{0,39}$"),
    Field(description="The instrument's name.", examples=["AAPL"]),
]
Timeframe = Annotated[
    str,
    StringConstraints(pattern=r"^[1-9][0-9]{0,3}[smhdw]$"),
    Field(description="Width of a bar: a number and s, m, h, d or w.", examples=["1d"]),
]
PlainDecimal = Annotated[
    Decimal,
    PlainSerializer(lambda value: format(value, "f"), return_type=str, when_used="json"),
]
"""A decimal string without an exponent."""
