"""The table of error codes is that of the code."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import auth_service
import data_service
import gateway
import logic_service
import notification_service
import shared
import trading_service
from shared.errors import PlatformError

TABLE = Path(__file__).parents[2] / "docs" / "errors.md"
ROW = re.compile(r"\| `([a-z-]+)` \| (\d{3}) \| (.+) \|")
PACKAGES = (
    auth_service,
    data_service,
    gateway,
    logic_service,
    notification_service,
    shared,
    trading_service,
)
_NOT_IMPORTED = re.compile(r"__main__|\.migrations\.")


def load_everything() -> None:
    """Import all modules, so that all classes of errors are known."""
    for package in PACKAGES:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not _NOT_IMPORTED.search(module.name):
                importlib.import_module(module.name)


def errors(kind: type[PlatformError] = PlatformError) -> Iterator[type[PlatformError]]:
    """Yield every class of error."""
    yield kind
    for other in kind.__subclasses__():
        if other.__module__.split(".")[0] in {package.__name__ for package in PACKAGES}:
            yield from errors(other)


def test_every_code_is_in_the_table_with_its_status_and_meaning() -> None:
    load_everything()
    known: dict[str, set[tuple[int, str]]] = {}
    for kind in errors():
        known.setdefault(kind.code, set()).add((kind.status, kind.title))
    table = {code: (int(status), text) for code, status, text in ROW.findall(TABLE.read_text())}

    assert list(table) == sorted(table)
    assert table.keys() == known.keys()
    assert {code for code, row in table.items() if row not in known[code]} == set()


def test_a_code_has_one_status() -> None:
    load_everything()
    statuses: dict[str, set[int]] = {}
    for kind in errors():
        statuses.setdefault(kind.code, set()).add(kind.status)

    assert {code for code, found in statuses.items() if len(found) > 1} == set()
