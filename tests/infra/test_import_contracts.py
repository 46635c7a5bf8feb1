"""The import contracts know every room of every service, and every module of the kit."""

from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = sorted(path.parent.name for path in ROOT.glob("*_service/app.py"))
OPEN = {"__init__", "__main__", "client", "contract", "migrations"}
ALSO_OPEN = {
    "auth_service": {"duties"},  # what every service declares to it
    "logic_service": {"sandbox"},  # what the command line runs strategies in
}
IMPURE = {"__init__", "cli"}


@pytest.fixture(scope="module")
def contracts() -> ConfigParser:
    """Return the contracts as they are written."""
    parser = ConfigParser()
    parser.read(ROOT / ".importlinter")
    return parser


def read(contracts: ConfigParser, name: str, key: str) -> set[str]:
    """Return a list of one contract."""
    return set(contracts[f"importlinter:contract:{name}"][key].split())


def rooms(package: Path) -> set[str]:
    """Return the names of the modules and packages right in a package."""
    modules = {path.stem for path in package.glob("*.py")}
    return modules | {path.parent.name for path in package.glob("*/__init__.py")}


@pytest.mark.parametrize("service", SERVICES)
def test_all_rooms_but_the_front_doors_are_protected(service: str, contracts: ConfigParser) -> None:
    inner = rooms(ROOT / service) - OPEN - ALSO_OPEN.get(service, set())
    door = f"{service.removesuffix('_service')}-door"

    assert read(contracts, door, "protected_modules") == {f"{service}.{name}" for name in inner}


def test_all_features_keep_the_order_of_layers(contracts: ConfigParser) -> None:
    features = {
        f"{service}.{path.parent.name}"
        for service in SERVICES
        for layer in ("service", "repository")
        for path in (ROOT / service).glob(f"*/{layer}.py")
    }
    described = read(contracts, "features", "containers")

    assert features <= described
    assert all((ROOT / name.replace(".", "/")).is_dir() for name in described)


def test_the_whole_kit_but_its_command_line_is_pure(contracts: ConfigParser) -> None:
    modules = {f"naru.{name}" for name in rooms(ROOT / "naru") - IMPURE}

    assert read(contracts, "kit", "source_modules") == modules


def test_services_exist() -> None:
    assert len(SERVICES) == 5
