from typing import Annotated, Any, Literal

import pytest
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    field_validator,
)

from shared.errors import FieldProblem, InvalidInputError
from shared.http.problems import field_problems
from shared.text import written_as


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=5)
    secret: SecretStr = Field(default=SecretStr("12345678"), min_length=8)
    ids: list[int] = Field(default_factory=lambda: [1], min_length=1, max_length=2)
    start: AwareDatetime | None = None
    phone: Annotated[str, StringConstraints(pattern=r"^\+[0-9]+$"), written_as("+8210")] = "+1"
    even: int = Field(default=0, ge=0)
    kind: Literal["a", "b"] = "a"

    @field_validator("even")
    @classmethod
    def _even(cls, given: int) -> int:
        if given % 2:
            raise ValueError("must be even")
        return given


def problem(given: Any) -> FieldProblem:
    with pytest.raises(ValidationError) as caught:
        Form.model_validate(given)
    [found] = field_problems(caught.value.errors(), given)
    return found


@pytest.mark.parametrize(
    ("given", "pointer", "code", "message"),
    [
        ({}, "/name", "missing", "is required"),
        ({"name": "a", "nom": 1}, "/nom", "extra-forbidden", "there is no such field here"),
        ({"secret": "12345"}, "/secret", "too-short", "give at least 8 characters, not 5"),
        ({"ids": []}, "/ids", "too-short", "give at least 1 item, not 0"),
        ({"ids": [1, 2, 3]}, "/ids", "too-long", "give at most 2 items, not 3"),
        (
            {"start": "2020-01-01T00:00:00"},
            "/start",
            "timezone-aware",
            "say the time zone, too: 2026-01-31T09:00:00Z",
        ),
        ({"even": 3}, "/even", "value-error", "must be even"),
        ({"phone": "010"}, "/phone", "string-pattern-mismatch", "write it as +8210"),
        ({"phone": 10}, "/phone", "string-type", "must be a text"),
        ({"name": "abcdef"}, "/name", "string-too-long", "give at most 5 characters"),
        ({"even": -2}, "/even", "greater-than-equal", "must be at least 0"),
        ({"even": "two"}, "/even", "int-parsing", "must be a whole number"),
        ({"ids": 1}, "/ids", "list-type", "must be a list"),
        ({"kind": "c"}, "/kind", "literal-error", "must be 'a' or 'b'"),
        ([], "", "model-type", "must be a JSON object"),
    ],
)
def test_an_input_is_refused_in_plain_words(
    given: Any, pointer: str, code: str, message: str
) -> None:
    found = problem({"name": "a", **given} if given else given)

    assert (found.pointer, found.code, found.message) == (pointer, code, message)


def test_the_pattern_stays_in_the_api_document() -> None:
    assert Form.model_json_schema()["properties"]["phone"]["pattern"] == r"^\+[0-9]+$"


def test_a_detail_tells_the_first_problem_and_counts_the_others() -> None:
    first = FieldProblem("/name", "missing", "is required")
    whole = FieldProblem("", "value-error", "start must lie before end")

    assert InvalidInputError.of_fields([first]).detail == "/name: is required"
    assert InvalidInputError.of_fields([first, whole]).detail == "/name: is required (and 1 more)"
    assert InvalidInputError.of_fields([whole]).detail == "start must lie before end"
