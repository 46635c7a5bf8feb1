"""A small OpenTelemetry collector: takes what a platform exports, and keeps it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import uvicorn
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send


@dataclass
class Collector:
    """Spans by trace id: ``(service, name)`` of each, in the order of their arrival."""

    url: str = ""
    spans: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one export, as an ASGI app."""
        request = Request(scope, receive)
        assert request.url.path == "/v1/traces"
        for part in ExportTraceServiceRequest.FromString(await request.body()).resource_spans:
            facts = {one.key: one.value.string_value for one in part.resource.attributes}
            for scoped in part.scope_spans:
                for span in scoped.spans:
                    trace = self.spans.setdefault(span.trace_id.hex(), [])
                    trace.append((facts["service.name"], span.name))
        self._news.set()
        await Response(media_type="application/x-protobuf")(scope, receive, send)

    async def wait_for(self, trace_id: str, wanted: set[tuple[str, str]]) -> None:
        """Wait until a trace has all these spans."""
        async with asyncio.timeout(60):
            while not wanted <= set(self.spans.get(trace_id, [])):
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    """Run a collector on a port of its own."""
    collector = Collector()
    config = uvicorn.Config(collector, port=0, lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0)
    port = server.servers[0].sockets[0].getsockname()[1]
    collector.url = f"http://127.0.0.1:{port}"
    yield collector
    server.should_exit = True
    await serving
