"""Write the groups of operations."""

import json
import textwrap
from collections.abc import Mapping

from naru_codegen.annotations import NOTE, annotate, docstring, is_page, or_none, or_omit, ref
from naru_codegen.document import Operation, Schema, safe

_UPLOAD_FIELDS = (
    "source: Source, *, content_type: str | None = None, on_progress: OnProgress | None = None"
)


def write_group(name: str, operations: list[Operation], schemas: Mapping[str, Schema]) -> str:
    """Return the code of one group, for threads and for event loops."""
    title = "".join(word.capitalize() for word in name.split("_"))
    head = f'''"""``client.{name}``.

{NOTE}
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from naru_client import models
from naru_client.exchange import OMIT, Omit
from naru_client.model import Model, read_etag
from naru_client.pages import AsyncPages, Pages
from naru_client.resource import AsyncResource, Resource, fill
from naru_client.uploads import OnProgress, Source, Upload

'''
    path = operations[0].path.split("/")[1]
    classes = []
    for prefix, base in (("", "Resource"), ("Async", "AsyncResource")):
        lines = [f"class {prefix}{title}({base}):", f'    """Operations below ``/{path}``."""', ""]
        for operation in operations:
            lines.append(_Method(operation, schemas, bool(prefix)).write())
        classes.append("\n".join(lines))
    return head + "\n\n".join(classes)


class _Method:
    """Writes one method."""

    def __init__(
        self, operation: Operation, schemas: Mapping[str, Schema], asynchronous: bool
    ) -> None:
        self._operation = operation
        self._schemas = schemas
        self._asynchronous = asynchronous
        self._first = ["self"]
        self._named: list[str] = []
        self._arguments: list[str] = []
        self._query: list[str] = []
        self._answer = _answer_schema(operation)

    def write(self) -> str:
        """Return the method's code."""
        operation = self._operation
        self._first += [f"{safe(found['name'])}: str" for found in operation.parameters("path")]
        self._take_body()
        self._take_query()
        self._take_headers()
        if not operation.spec.get("security"):
            self._arguments.append("signed=False")
        elif operation.method == "POST":
            self._named.append("idempotency_key: str | None = None")
            self._arguments.append("idempotency_key=idempotency_key")
        self._named.append("timeout_s: float | None = None")
        self._arguments.append("timeout_s=timeout_s")
        lists = is_page(self._answer)
        word = "async def" if self._asynchronous and not lists else "def"
        given = ", ".join([*self._first, "*", *self._named])
        kind = self._returned()
        lines = [f"{word} {operation.name}({given}) -> {kind}:"]
        lines.append(docstring(_explain(operation), 4))
        lines += [f"    {line}" for line in (self._list() if lists else self._ask(kind))]
        return textwrap.indent("\n".join(lines), "    ") + "\n"

    def _returned(self) -> str:
        if is_page(self._answer):
            pages = "AsyncPages" if self._asynchronous else "Pages"
            return f"{pages}[{self._item()}]"
        return annotate(self._answer, prefix="models.") if self._answer else "None"

    def _item(self) -> str:
        page = self._schemas[ref(self._answer)]
        return annotate(page["properties"]["items"]["items"], prefix="models.")

    def _list(self) -> list[str]:
        query = f"{{{', '.join(self._query)}}}"
        given = [self._item(), self._path(), query, *self._arguments]
        return [f"return self._list({', '.join(given)})"]

    def _ask(self, kind: str) -> list[str]:
        if self._query:
            self._arguments.insert(0, f"query={{{', '.join(self._query)}}}")
        wait = "await " if self._asynchronous else ""
        asked = "type(None)" if kind == "None" else kind
        call = f"{json.dumps(self._operation.method)}, {self._path()}, "
        call += ", ".join(self._arguments)
        if kind == "None":
            return [f"{wait}self._ask({asked}, {call})"]
        if "|" in kind or "[" in kind:
            return [f"answer: {kind} = {wait}self._ask_any({asked}, {call})", "return answer"]
        return [f"return {wait}self._ask({asked}, {call})"]

    def _path(self) -> str:
        names = [found["name"] for found in self._operation.parameters("path")]
        if not names:
            return json.dumps(self._operation.path)
        values = ", ".join(f"{safe(name)}={safe(name)}" for name in names)
        return f"fill({json.dumps(self._operation.path)}, {values})"

    def _take_query(self) -> None:
        for found in self._operation.parameters("query"):
            wire = found["name"]
            name = "page_size" if wire == "limit" else safe(wire)
            kind = annotate(found["schema"], sent=True)
            if found.get("required"):
                self._named.insert(0, f"{name}: {kind}")
            else:
                self._named.append(f"{name}: {or_none(kind)} = None")
            self._query.append(f"{json.dumps(wire)}: {name}")

    def _take_headers(self) -> None:
        names = {found["name"].lower() for found in self._operation.parameters("header")}
        if "if-match" in names:
            self._named.append("if_match: Model | str | None = None")
            self._arguments.append("headers=read_etag(if_match)")

    def _take_body(self) -> None:
        operation = self._operation
        if operation.is_upload:
            self._first.append(_UPLOAD_FIELDS.partition(", *, ")[0])
            self._named += _UPLOAD_FIELDS.partition(", *, ")[2].split(", ")
            self._arguments.append("upload=Upload(source, content_type, on_progress)")
            return
        schema = operation.content.get("application/json", {}).get("schema")
        if schema is None:
            return
        references = [part for part in schema.get("anyOf", [schema]) if "$ref" in part]
        if len(references) != 1:
            self._first.append(f"body: {annotate(schema, prefix='models.', sent=True)}")
            self._arguments.append("body=body")
            return
        self._take_members(self._schemas[ref(references[0])], optional="anyOf" in schema)

    def _take_members(self, schema: Schema, *, optional: bool) -> None:
        required = set() if optional else set(schema.get("required", ()))
        members: list[str] = []
        for wire, kind in schema.get("properties", {}).items():
            name = safe(wire)
            annotation = annotate(kind, prefix="models.", sent=True)
            if wire in required:
                self._named.insert(len(members), f"{name}: {annotation}")
            else:
                self._named.append(f"{name}: {or_omit(annotation)} = OMIT")
            members.append(f"{json.dumps(wire)}: {name}")
        self._arguments.append(f"body={{{', '.join(members)}}}")


def _answer_schema(operation: Operation) -> Schema:
    """Return what success looks like; empty when it is silent."""
    for status, answer in sorted(operation.spec["responses"].items()):
        if status.startswith("3"):
            return {"type": "string"}  # an address to go to
        if status.startswith("2"):
            content = answer.get("content", {})
            if not content:
                return {}
            if "application/json" in content:
                schema: Schema = content["application/json"]["schema"]
                return schema
            is_text = all(kind.startswith("text/") for kind in content)
            return {"type": "string"} if is_text else {"type": "string", "format": "binary"}
    return {}


def _explain(operation: Operation) -> str:
    text = str(operation.spec.get("description") or operation.spec.get("summary") or operation.id)
    scopes = [name for option in operation.spec.get("security", ()) for name in option.values()]
    if not scopes or not scopes[0]:
        return text
    return f"{text.strip()}\n\nNeeds the scope ``{scopes[0][0]}``."


def write_groups(names: list[str]) -> str:
    """Return the code of the classes that hold all groups."""
    lines = [docstring(f"All groups of operations.\n\n{NOTE}", 0), ""]
    titles = {name: "".join(word.capitalize() for word in name.split("_")) for name in names}
    for name, title in titles.items():
        lines.append(f"from naru_client.resources.{name} import Async{title}, {title}")
    lines.append("from naru_client.transport import AsyncTransport, Transport")
    for prefix in ("", "Async"):
        lines += ["", "", f"class {prefix}Groups:", '    """The operations, group by group."""', ""]
        lines.append(f"    def __init__(self, transport: {prefix}Transport) -> None:")
        lines += [
            f"        self.{name} = {prefix}{title}(transport)" for name, title in titles.items()
        ]
    return "\n".join(lines) + "\n"
