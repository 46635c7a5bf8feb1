"""What operators see of the traffic: one log line and two metrics a request."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from gateway.edge.exchange import Exchange
from shared.logging import get_logger

log = get_logger(__name__)

_BUCKETS_S = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Observer:
    """Counts requests by operation, status and plan, and times them by the same."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "naru_requests",
            "Answered requests.",
            ("operation", "status", "plan"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "naru_request_seconds",
            "Time from the request's headers to the end of the answer.",
            ("operation", "status", "plan"),
            buckets=_BUCKETS_S,
            registry=self.registry,
        )
        self.sockets = Gauge(
            "naru_open_sockets", "Open WebSocket connections.", registry=self.registry
        )

    def record(self, exchange: Exchange) -> None:
        """Take down one request."""
        facts = exchange.facts()
        operation = facts["operation"] or "unknown"
        status = f"{exchange.status // 100}xx" if exchange.status else "none"
        principal = exchange.principal
        signed_in = principal is not None and principal.kind != "anonymous"
        plan = principal.plan if principal is not None and signed_in else "anonymous"
        self._requests.labels(operation, str(exchange.status), plan).inc()
        self._seconds.labels(operation, status, plan).observe(facts["duration_ms"] / 1000)
        log.info("request.answered", **facts)
