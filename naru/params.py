"""Parameters of a strategy: declared with ``param``, described as JSON Schema, checked by it."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from naru.errors import ParamError, StrategyDefinitionError

Value = int | float | str | bool
_TYPES: dict[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_LONGEST_TEXT = 1000
_MOST_CHOICES = 1000

__all__ = ["Param", "ParamError", "check_params", "param", "params_schema"]


class Param:
    """A declared parameter; on an instance its name reads as its value.

    default    the value when a run gives none; its type is the parameter's type
    low, high  inclusive bounds of numbers
    step       the grid that a search walks, from ``low``
    choices    the only values allowed
    """

    __slots__ = ("choices", "default", "doc", "high", "low", "step")

    def __init__(
        self,
        default: Value,
        low: float | None = None,
        high: float | None = None,
        step: float | None = None,
        choices: Sequence[Value] | None = None,
        doc: str | None = None,
    ) -> None:
        if type(default) not in _TYPES:
            raise StrategyDefinitionError(
                f"a parameter is a number, a text or True/False, not {type(default).__name__}"
            )
        self.default = default
        self.low = low
        self.high = high
        self.step = step
        self.choices = tuple(choices) if choices is not None else None
        self.doc = doc
        self._check_description()
        check_value("default", self.schema(), default)

    def _check_description(self) -> None:
        """Refuse what others could not read. Raises StrategyDefinitionError."""
        if self.choices is not None and len(self.choices) > _MOST_CHOICES:
            raise StrategyDefinitionError(f"a parameter has at most {_MOST_CHOICES} choices")
        for value in (
            self.default,
            self.low,
            self.high,
            self.step,
            self.doc,
            *(self.choices or ()),
        ):
            if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
                raise StrategyDefinitionError("a parameter's numbers must fit into 64 bits")
            if isinstance(value, str) and not _is_text(value):
                raise StrategyDefinitionError("a parameter holds characters that are no text")

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the parameter."""
        schema: dict[str, Any] = {"type": _TYPES[type(self.default)], "default": self.default}
        bounds = {"minimum": self.low, "maximum": self.high, "multipleOf": self.step}
        if isinstance(self.default, bool | str):
            if any(bound is not None for bound in bounds.values()):
                raise StrategyDefinitionError("only numbers have low, high and step")
        else:
            if self.step is not None and self.low is not None and self.low % self.step:
                bounds["multipleOf"] = None  # the grid starts at low, which JSON Schema cannot say
            schema |= {key: bound for key, bound in bounds.items() if bound is not None}
        if self.choices is not None:
            schema["enum"] = list(self.choices)
        if self.doc is not None:
            schema["description"] = self.doc
        return schema


def _is_text(value: str) -> bool:
    try:
        return b"\0" not in value.encode()
    except UnicodeEncodeError:
        return False


def param(
    default: Value,
    low: float | None = None,
    high: float | None = None,
    step: float | None = None,
    choices: Sequence[Value] | None = None,
    doc: str | None = None,
) -> Any:
    """Declare a parameter: ``fast = param(20, low=2, high=200)``; ``self.fast`` is its value.

    Raises StrategyDefinitionError for a declaration that contradicts itself.
    """
    try:
        return Param(default, low, high, step, choices, doc)
    except ParamError as error:
        raise StrategyDefinitionError(f"param: the default {error.message}") from error


def params_schema(declared: Mapping[str, Param]) -> dict[str, Any]:
    """Return the JSON Schema of an object holding the parameters, in order of declaration."""
    for name in declared:
        if not _NAME.fullmatch(name):
            raise StrategyDefinitionError(f"{name!r} cannot be a parameter's name")
    return {
        "type": "object",
        "properties": {name: declared[name].schema() for name in declared},
        "additionalProperties": False,
    }


def check_params(schema: Mapping[str, Any], values: Mapping[str, object]) -> dict[str, object]:
    """Return all parameters of the schema: those given, checked, and defaults for the others.

    Texts are read as what the parameter is ("20" as 20), so that command lines and query strings
    can give them. Raises ParamError for an unknown name or a value outside the schema.
    """
    properties = schema["properties"]
    for name in values:
        if name not in properties:
            known = ", ".join(properties) or "none"
            raise ParamError(str(name), f"is not a parameter of this strategy (it has: {known})")
    return {
        name: check_value(name, rules, values[name]) if name in values else rules["default"]
        for name, rules in properties.items()
    }


def check_value(name: str, rules: Mapping[str, Any], value: object) -> Value:
    """Return the value in the parameter's own type. Raises ParamError."""
    settled = _typed(name, str(rules["type"]), value)
    if "enum" in rules and settled not in rules["enum"]:
        choices = ", ".join(repr(choice) for choice in rules["enum"])
        raise ParamError(name, f"must be one of {choices}, not {settled!r}")
    if not isinstance(settled, str):
        low, high = rules.get("minimum", -math.inf), rules.get("maximum", math.inf)
        if not low <= settled <= high:
            raise ParamError(name, f"must lie within {low} and {high}, not {settled!r}")
    return settled


def _typed(name: str, kind: str, value: object) -> Value:
    if type(value) is str and kind != "string":
        value = _from_text(kind, value)
    if kind == "number" and type(value) is int:
        value = float(value) if abs(value) < 1 << 53 else value
    if kind == "integer" and type(value) is float and value.is_integer():
        value = int(value)
    if _TYPES.get(type(value)) != kind:
        raise ParamError(name, f"must be of type {kind}, not {value!r}")
    assert isinstance(value, int | float | str)  # noqa: S101 - the lookup above says so
    if isinstance(value, float) and not math.isfinite(value):
        raise ParamError(name, f"must be finite, not {value!r}")
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        raise ParamError(name, f"is longer than {_LONGEST_TEXT} characters")
    return value


def _from_text(kind: str, text: str) -> object:
    try:
        if kind == "boolean":
            return {"true": True, "false": False}.get(text.lower(), text)
        return int(text) if kind == "integer" else float(text)
    except ValueError:
        return text
