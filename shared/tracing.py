"""OpenTelemetry traces, for installations that name a collector; otherwise all of this is nothing.

FastAPI opens a span for each request by itself once there is a provider. Here is the rest: the
edge, jobs, and the header (W3C ``traceparent``) by which one process's span finds its parent in
another.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib import import_module
from typing import Any

from opentelemetry import propagate, trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from shared.logging import get_logger
from shared.settings import PlatformSettings

log = get_logger(__name__)

TRACEPARENT = "traceparent"
KINDS: Mapping[str, SpanKind] = {
    "server": SpanKind.SERVER,
    "job": SpanKind.CONSUMER,
    "internal": SpanKind.INTERNAL,
}
_PATH = "/v1/traces"


class _State:
    """Whether this process sends traces: one attribute to look at where it does not."""

    tracer: trace.Tracer | None = None


@contextmanager
def tracing(settings: PlatformSettings, name: str) -> Iterator[None]:
    """Send traces of this process until the block ends, if the settings name a collector.

    Call it in the process itself, after any fork: the exporter has a thread. The SDK takes a third
    of a second and 20 MB to load, which only those pay who use it.
    """
    if not settings.otlp_endpoint:
        yield
        return
    sdk = import_module("opentelemetry.sdk.trace")
    export = import_module("opentelemetry.sdk.trace.export")
    resources = import_module("opentelemetry.sdk.resources")
    otlp = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    endpoint = settings.otlp_endpoint.rstrip("/").removesuffix(_PATH) + _PATH
    resource = resources.Resource.create({"service.name": f"naru-{name}"})
    provider = sdk.TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(export.BatchSpanProcessor(otlp.OTLPSpanExporter(endpoint)))
    trace.set_tracer_provider(provider)
    _State.tracer = provider.get_tracer("naru")
    log.info("tracing.started", endpoint=endpoint)
    try:
        yield
    finally:
        _State.tracer = None
        provider.shutdown()


def span(
    name: str, kind: str, parent: str | None = None, **attributes: Any
) -> AbstractContextManager[Span | None]:
    """Return a span around a block, below ``parent`` (a ``traceparent``) if that is given."""
    if _State.tracer is None:
        return nullcontext()
    context = propagate.extract({TRACEPARENT: parent}) if parent else None
    known = {key: value for key, value in attributes.items() if value is not None}
    return _State.tracer.start_as_current_span(
        name, context=context, kind=KINDS[kind], attributes=known
    )


def name_span(span: Span | None, name: str, status: int, **attributes: Any) -> None:
    """Say what a request turned out to be, and how it ended."""
    if span is None:
        return
    span.update_name(name)
    known = {key: value for key, value in attributes.items() if value is not None}
    span.set_attributes(known | {"http.response.status_code": status})
    if status >= 500:
        span.set_status(Status(StatusCode.ERROR))


def traceparent() -> str | None:
    """Return the header that makes a call part of the current trace; None where there is none."""
    if _State.tracer is None:
        return None
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier.get(TRACEPARENT)
