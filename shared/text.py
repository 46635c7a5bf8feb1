"""Text that strangers send: bounded, printable where it must be, storable always."""

from typing import Annotated

from pydantic import StringConstraints

STORABLE = r"^[^\x00]*$"
"""PostgreSQL stores every character but U+0000."""

ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
"""No control characters, so neither new lines nor tabs."""

StorableText = Annotated[str, StringConstraints(pattern=STORABLE)]

Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=ONE_LINE),
]
