"""Write the models."""

import json
import re
from collections.abc import Mapping

from naru_codegen.annotations import NOTE, PAGE, annotate, docstring, or_none
from naru_codegen.document import Schema, safe

_SECRET = {
    "access_token", "code", "current_password", "key", "login_token", "new_password", "password",
    "recovery_codes", "refresh_token", "secret", "token",
}  # fmt: skip


def write_models(schemas: Mapping[str, Schema]) -> str:
    """Return the code of a class for each object."""
    wanted = {
        name: schema
        for name, schema in schemas.items()
        if schema.get("type") == "object" and not name.startswith(PAGE) and name != "Problem"
    }
    classes = [_write_model(name, wanted[name]) for name in _in_order(wanted)]
    head = f'''"""What the API answers with, and nested input.

{NOTE}
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from naru_client.model import Model
'''
    return head + "\n\n".join(classes)


def _in_order(schemas: Mapping[str, Schema]) -> list[str]:
    """Return the names so that each comes after those that it speaks of."""
    done: dict[str, None] = {}

    def add(name: str) -> None:
        if name in done or name not in schemas:
            return
        for other in re.findall(r'"#/components/schemas/(\w+)"', json.dumps(schemas[name])):
            if other != name:
                add(other)
        done[name] = None

    for name in sorted(schemas):
        add(name)
    return list(done)


def _write_model(name: str, schema: Schema) -> str:
    lines = [f"class {name}(Model):", docstring(schema.get("description", name), 4), ""]
    required = set(schema.get("required", ()))
    for member, kind in schema.get("properties", {}).items():
        annotation = annotate(kind)
        options = []
        if member not in required:
            annotation = or_none(annotation)
            options.append("default=None")
        own = safe(member)
        if own != member:
            options.append(f"alias={json.dumps(member)}")
        if member in _SECRET and name != "Problem" and _is_text(kind):
            options.append("repr=False")
        given = f" = Field({', '.join(options)})" if options else ""
        lines.append(f"    {own}: {annotation}{given}")
    return "\n".join(lines) + "\n"


def _is_text(schema: Schema) -> bool:
    return "str" in annotate(schema)
