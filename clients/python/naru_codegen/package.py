"""The generated files as a whole."""

import subprocess
import sys
import tempfile
from pathlib import Path

from naru_codegen.document import Operation, Schema, check_names, read_operations
from naru_codegen.groups import write_group, write_groups
from naru_codegen.models import write_models

PACKAGE = Path(__file__).parents[1] / "naru_client"


def replace_files(document: Schema) -> None:
    """Write the generated files, and remove those that are no longer among them."""
    files = generate(document)
    for old in (PACKAGE / "resources").glob("*.py"):
        if f"resources/{old.name}" not in files:
            old.unlink()
    for name, content in files.items():
        (PACKAGE / name).write_text(content)


def generate(document: Schema) -> dict[str, str]:
    """Return the generated files by their names below the package."""
    schemas = document["components"]["schemas"]
    groups: dict[str, list[Operation]] = {}
    for operation in sorted(read_operations(document), key=lambda found: found.id):
        groups.setdefault(operation.group, []).append(operation)
    files = {"models.py": write_models(schemas)}
    for name, operations in sorted(groups.items()):
        check_names(name, operations)
        files[f"resources/{name}.py"] = write_group(name, operations, schemas)
    files["resources/__init__.py"] = write_groups(sorted(groups))
    return _format(files)


def find_outdated(document: Schema) -> list[str]:
    """Return the generated files that differ from what the document says."""
    files = generate(document)
    present = {f"resources/{path.name}" for path in (PACKAGE / "resources").glob("*.py")}
    wrong = [
        name
        for name, content in files.items()
        if not (PACKAGE / name).exists() or (PACKAGE / name).read_text() != content
    ]
    return sorted([*wrong, *(present - files.keys())])


def _format(files: dict[str, str]) -> dict[str, str]:
    """Format as the rest of the house is, whatever the folder that we run in."""
    isolated = ["--isolated", "--quiet", "--no-cache", "--config", "line-length = 100"]
    ours = ["--config", 'lint.isort.known-first-party = ["naru_client"]']
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(content)
        for step in (["check", "--select", "F401,I", "--fix", *ours], ["format"]):
            command = [sys.executable, "-m", "ruff", *step, *isolated, folder]
            subprocess.run(command, check=True)  # noqa: S603
        return {name: Path(folder, name).read_text() for name in files}
