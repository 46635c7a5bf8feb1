"""``re``, ``textwrap``, and where texts go: ``logging`` and ``warnings`` write to the run's log."""

from __future__ import annotations

import contextlib
import re
import sys
import textwrap
from collections.abc import Callable
from typing import Any

from logic_service.sandbox.policy.facades.frozen import Facade, pick

_RE = """A ASCII DOTALL I IGNORECASE M MULTILINE Match Pattern S VERBOSE X compile error escape
findall finditer fullmatch match search split sub subn"""
# As elsewhere; the module itself is not needed, and would make children larger.
_LEVELS = {"NOTSET": 0, "DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40, "CRITICAL": 50}
_LEVEL_NAMES = {level: name for name, level in _LEVELS.items()}


class _Journal:
    """Where the one run of this process writes, and from which level on."""

    def __init__(self) -> None:
        self.start(lambda _: None)

    def start(self, write: Callable[[str], None]) -> None:
        self.write = write
        self.loggers: dict[str, Logger] = {}
        self.level = _LEVELS["INFO"]  # who logs on a platform wants to read it


_journal = _Journal()


def start(write: Callable[[str], None]) -> None:
    """Begin the run's log; ``write`` receives what ``logging`` and ``warnings`` say."""
    _journal.start(write)


class Logger:
    """``logging.Logger`` without handlers: a line of the run's log for each message."""

    __slots__ = ("_level", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self._level = _LEVELS["NOTSET"]

    def setLevel(self, level: int | str) -> None:  # noqa: N802 - the name elsewhere
        """Keep messages below a level out."""
        self._level = _level_of(level)

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 - the name elsewhere
        """Say whether messages of a level are written."""
        return level >= (self._level or _journal.level)

    def log(self, level: int, message: object, *args: Any, **options: Any) -> None:
        """Write a message of any level."""
        if self.isEnabledFor(level):
            said = f"{_LEVEL_NAMES.get(level, level)} {_filled(message, args)}"
            error = sys.exc_info()[1] if options.get("exc_info") else None
            _journal.write(said if error is None else f"{said} ({type(error).__name__}: {error})")

    def debug(self, message: object, *args: Any, **options: Any) -> None:
        """Write what helps to find mistakes; not shown unless asked for."""
        self.log(_LEVELS["DEBUG"], message, *args, **options)

    def info(self, message: object, *args: Any, **options: Any) -> None:
        """Write what happens."""
        self.log(_LEVELS["INFO"], message, *args, **options)

    def warning(self, message: object, *args: Any, **options: Any) -> None:
        """Write what may be wrong."""
        self.log(_LEVELS["WARNING"], message, *args, **options)

    def error(self, message: object, *args: Any, **options: Any) -> None:
        """Write what went wrong."""
        self.log(_LEVELS["ERROR"], message, *args, **options)

    def critical(self, message: object, *args: Any, **options: Any) -> None:
        """Write what cannot go on."""
        self.log(_LEVELS["CRITICAL"], message, *args, **options)

    def exception(self, message: object, *args: Any, **options: Any) -> None:
        """Write what went wrong, with the exception that is being handled."""
        self.log(_LEVELS["ERROR"], message, *args, **{"exc_info": True, **options})


def text_facades() -> dict[str, Facade]:
    """Return the facades by module name."""
    root = Logger("root")
    said = {name: getattr(root, name) for name in Logger.__dict__ if name in _SAYING.split()}
    members: dict[str, dict[str, Any]] = {
        "logging": {
            **_LEVELS,
            **said,
            "Logger": Logger,
            "basicConfig": _configure,
            "getLogger": _get_logger,
        },
        "re": pick(re, _RE.split()),
        "textwrap": pick(textwrap, ["dedent", "fill", "indent", "shorten", "wrap"]),
        "warnings": {
            "catch_warnings": _catch_warnings,
            "filterwarnings": _ignore,
            "simplefilter": _ignore,
            "warn": _warn,
        },
    }
    return {name: Facade(name, found) for name, found in members.items()}


_SAYING = "critical debug error exception info log warning"


def _get_logger(name: str | None = None) -> Logger:
    return _journal.loggers.setdefault(str(name or "root"), Logger(str(name or "root")))


def _configure(*, level: int | str | None = None, **_: object) -> None:
    """Set the level of all loggers; the platform stamps lines itself and knows no files."""
    if level is not None:
        _journal.level = _level_of(level)


def _level_of(level: int | str) -> int:
    if isinstance(level, str) and level in _LEVELS:
        return _LEVELS[level]
    if type(level) is not int:
        raise ValueError(f"unknown level {level!r}: write one of {', '.join(_LEVELS)}")
    return level


def _filled(message: object, args: tuple[Any, ...]) -> str:
    """Put the arguments into the message, and beside it where they do not fit, as elsewhere."""
    if not args:
        return str(message)
    try:
        return str(message) % (args[0] if len(args) == 1 and isinstance(args[0], dict) else args)
    except (TypeError, ValueError):
        return f"{message} {args}"


def _warn(message: object, category: type[Warning] = UserWarning, *_: Any, **__: Any) -> None:
    kind = type(message) if isinstance(message, Warning) else category
    _journal.write(f"{kind.__name__}: {message}")


def _catch_warnings(**_: object) -> contextlib.nullcontext[None]:
    return contextlib.nullcontext()


def _ignore(*_: object, **__: object) -> None:
    """Accept what elsewhere silences warnings; here a warning is a line of the log."""
