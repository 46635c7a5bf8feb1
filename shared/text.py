"""Text that strangers send: bounded, printable where it must be, storable always."""

from typing import Annotated, Any, Final

from pydantic import StringConstraints, ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import PydanticCustomError

STORABLE = r"^[^\x00]*$"
"""PostgreSQL stores every character but U+0000."""

ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
"""No control characters, so neither new lines nor tabs."""

_MISMATCH: Final = "string_pattern_mismatch"


def written_as(example: str) -> WrapValidator:
    """Annotate a text with a pattern: say how to write it where a value does not match.

    Stands behind the ``StringConstraints``. Readers are not shown the pattern; the API's document
    keeps it.
    """

    def validate(value: Any, inner: ValidatorFunctionWrapHandler) -> Any:
        try:
            return inner(value)
        except ValidationError as error:
            if error.errors()[0]["type"] != _MISMATCH:
                raise
            text = "write it as {example}"
            raise PydanticCustomError(_MISMATCH, text, {"example": example}) from error

    return WrapValidator(validate)


StorableText = Annotated[
    str, StringConstraints(pattern=STORABLE), written_as("text without U+0000")
]

Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=ONE_LINE),
    written_as("one line of text"),
]
