"""GraphQL types made of the services' contract models, so that both surfaces say the same.

A model becomes an object or an input type with the same fields in camel case. Public ids become
``ID``, decimals and instants the scalars of the schema, literals ``String``, and what has no fixed
form ``JSON``.
"""

import types
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, NewType, Union, get_args, get_origin
from uuid import UUID

import strawberry
from pydantic import AwareDatetime, BaseModel, TypeAdapter
from pydantic.fields import FieldInfo
from strawberry.scalars import JSON

from shared.ids import PublicId

_SCALARS: tuple[type, ...] = (bool, int, float, Decimal, datetime, date)
_UNIONS = (Union, types.UnionType)
_GROWING = ("_bytes", "_count")

BigInt = NewType("BigInt", int)
"""For sums that outgrow the 32 bits of ``Int``."""

Present = Callable[[Any], Any]


class Mirror:
    """Remembers which type stands for which model.

    presented   types that are written by hand, and how to make one of its model
    names       of types that cannot be called as their model is
    """

    def __init__(
        self,
        presented: Mapping[type[BaseModel], tuple[type, Present]],
        names: Mapping[type[BaseModel], str],
    ) -> None:
        self._presented = dict(presented)
        self._names = names
        self._inputs: dict[str, type] = {}

    def output(self, model: type[BaseModel]) -> type:
        """Return the object type of a model."""
        if model not in self._presented:
            annotations: dict[str, Any] = {}
            members: dict[str, Any] = {}
            for name, field in model.model_fields.items():
                kind = self._type_of(field.annotation, field.metadata, self.output)
                annotations[name] = _grown(kind) if name.endswith(_GROWING) else kind
                if name.endswith("_"):
                    members[name] = strawberry.field(name=name.rstrip("_"))
            called = self._names.get(model, model.__name__)
            made = type(called, (), {"__annotations__": annotations, **members})
            described = strawberry.type(made, description=_describe(model))
            self._presented[model] = described, self._presenter(model, described)
        return self._presented[model][0]

    def present(self, row: BaseModel) -> Any:
        """Return a model's value as its object type."""
        self.output(type(row))
        return self._presented[type(row)][1](row)

    def input(self, model: Any, name: str) -> type:
        """Return the input type of a model; of a union, with the fields of all its members."""
        known = self._inputs.get(name)
        if known is None:
            members = _members(model)
            annotations: dict[str, Any] = {}
            defaults: dict[str, Any] = {}
            for field_name, field, everywhere in _merge(members):
                kind = self._type_of(field.annotation, field.metadata, self._nested_input)
                if field.is_required() and everywhere:
                    annotations[field_name] = kind
                else:
                    annotations[field_name] = kind | None
                    defaults[field_name] = strawberry.UNSET
            made = type(name, (), {"__annotations__": annotations, **defaults})
            known = strawberry.input(made, description=_describe(members[0]))
            self._inputs[name] = known
        return known

    def _nested_input(self, model: type[BaseModel]) -> type:
        return self.input(model, f"{model.__name__}Input")

    def _presenter(self, model: type[BaseModel], made: type) -> Present:
        def present(row: BaseModel) -> Any:
            spelt = row.model_dump(mode="json")
            values = {
                name: self._value(getattr(row, name), spelt[name]) for name in model.model_fields
            }
            return made(**values)

        return present

    def _value(self, value: Any, spelt: Any) -> Any:
        """Return a field's value: what the schema has a scalar for as it is, else as in REST."""
        if isinstance(value, BaseModel):
            return self.present(value)
        if isinstance(value, list):
            return [self._value(*pair) for pair in zip(value, spelt, strict=True)]
        return value if isinstance(value, _SCALARS) else spelt

    def _type_of(
        self, annotation: Any, metadata: list[Any], nested: Callable[[type[BaseModel]], type]
    ) -> Any:
        origin, parts = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            return self._type_of(parts[0], [*metadata, *parts[1:]], nested)
        if origin in _UNIONS:
            return self._union(parts, metadata, nested)
        if origin is list:
            return list[self._type_of(parts[0], [], nested)]  # type: ignore[misc]
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return nested(annotation)
        return _scalar(annotation, metadata)

    def _union(
        self,
        parts: tuple[Any, ...],
        metadata: list[Any],
        nested: Callable[[type[BaseModel]], type],
    ) -> Any:
        some = [part for part in parts if part is not types.NoneType]
        kinds = [self._type_of(part, metadata, nested) for part in some]
        kind = kinds[0] if all(other == kinds[0] for other in kinds) else JSON
        return kind | None if len(some) < len(parts) else kind


def _grown(kind: Any) -> Any:
    return {int: BigInt, int | None: BigInt | None}.get(kind, kind)


def _scalar(annotation: Any, metadata: list[Any]) -> Any:
    if _prefix(annotation, metadata) or annotation is UUID:
        return strawberry.ID
    if annotation is AwareDatetime:
        return datetime
    if get_origin(annotation) is Literal:
        return type(get_args(annotation)[0])
    if not isinstance(annotation, type) or annotation is dict:
        return JSON
    return next((kind for kind in _SCALARS if issubclass(annotation, kind)), str)


def _members(model: Any) -> list[type[BaseModel]]:
    """Return the models of a union such as ``Annotated[A | B, ...]``, or the one model."""
    if get_origin(model) is Annotated:
        return _members(get_args(model)[0])
    if get_origin(model) in _UNIONS:
        return [member for part in get_args(model) for member in _members(part)]
    return [model]


def _merge(members: list[type[BaseModel]]) -> list[tuple[str, FieldInfo, bool]]:
    """Return name, field, and whether all members have it."""
    fields: dict[str, FieldInfo] = {}
    for member in members:
        fields = {**member.model_fields, **fields}
    return [
        (name, field, all(name in member.model_fields for member in members))
        for name, field in fields.items()
    ]


def _prefix(annotation: Any, metadata: list[Any]) -> str | None:
    """Return the prefix of a public id."""
    found = next((entry.prefix for entry in metadata if isinstance(entry, PublicId)), None)
    if found is not None or annotation is None:
        return found
    for part in get_args(annotation):
        if isinstance(part, PublicId):
            return part.prefix
        found = _prefix(part, []) if get_args(part) else None
        if found is not None:
            return found
    return None


def _describe(model: type[BaseModel]) -> str:
    return (model.__doc__ or model.__name__).strip().partition("\n")[0]


def read_input(given: Any) -> Any:
    """Return an input as the JSON that REST takes, without what was left out."""
    if hasattr(given, "__strawberry_definition__"):
        return {
            name: read_input(value)
            for name, value in vars(given).items()
            if value is not strawberry.UNSET
        }
    if isinstance(given, list):
        return [read_input(item) for item in given]
    if isinstance(given, datetime):
        return given.isoformat()
    return str(given) if isinstance(given, Decimal) else given


def reader(model: Any) -> Callable[[Any], Any]:
    """Return what reads a service's JSON answer as a model."""
    return TypeAdapter(model).validate_python
