"""What an OpenAPI document says, as far as the client needs it."""

import keyword
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

PREFIX = "/api/v1"
_METHODS = ("get", "post", "put", "patch", "delete")

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Operation:
    """One operation of the document.

    path   below the public prefix
    """

    method: str
    path: str
    spec: Schema = field(repr=False)

    @property
    def id(self) -> str:
        """The operation's stable name."""
        return str(self.spec["operationId"])

    @property
    def group(self) -> str:
        """The first segment of the path as a name."""
        return re.sub(r"\W+", "_", self.path.split("/")[1].strip("."))

    @property
    def name(self) -> str:
        """The method's name."""
        words = self.group.split("_")
        own = {word for name in words for word in (name, _singular(name))}
        left = [word for word in self.id.split("_") if word not in own]
        return safe("_".join(left) or "get")

    def parameters(self, place: str) -> list[Schema]:
        """Return the parameters in ``path``, ``query`` or ``header``."""
        return [found for found in self.spec.get("parameters", []) if found["in"] == place]

    @property
    def content(self) -> Schema:
        """What bodies are read, by media type."""
        found: Schema = self.spec.get("requestBody", {}).get("content", {})
        return found

    @property
    def is_upload(self) -> bool:
        """Whether the body is a file."""
        return "application/octet-stream" in self.content


def read_operations(document: Schema) -> Iterator[Operation]:
    """Yield the public operations."""
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods and path.startswith(PREFIX):
                yield Operation(method.upper(), path.removeprefix(PREFIX), methods[method])


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") else word


def safe(name: str) -> str:
    """Return a name that Python takes."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", re.sub(r"\W", "_", name)).lower()
    return f"{name}_" if keyword.iskeyword(name) else name


def check_names(group: str, operations: list[Operation]) -> None:
    """Raise ValueError when two operations of a group would have the same name."""
    names = [operation.name for operation in operations]
    double = {name for name in names if names.count(name) > 1}
    if double:
        raise ValueError(f"{group}: several operations would be called {', '.join(double)}")
