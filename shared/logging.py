"""Structured logs: one JSON object a line, with the request id of whoever set it off."""

import logging
import sys

import structlog
from structlog.contextvars import bind_contextvars, merge_contextvars, unbind_contextvars
from structlog.typing import FilteringBoundLogger

__all__ = ["bind_contextvars", "configure_logging", "get_logger", "unbind_contextvars"]


def get_logger(name: str) -> FilteringBoundLogger:
    """Return the logger for one module; events are named ``noun.verb``, facts are key-values."""
    logger: FilteringBoundLogger = structlog.get_logger(module=name)
    return logger


def configure_logging(level: str = "INFO", *, colors: bool | None = None) -> None:
    """Send all logs, the standard library's too, to standard error.

    A terminal gets readable lines, everything else gets JSON.
    """
    readable = sys.stderr.isatty() if colors is None else colors
    steps: list[structlog.typing.Processor] = [
        merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if readable
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            *steps,
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=steps,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(logging.getLevelNamesMapping()[level], logging.WARNING))
