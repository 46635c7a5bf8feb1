"""The generated files as a whole."""

import subprocess
import sys
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
    return {name: _format(content) for name, content in files.items()}


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


def _format(code: str) -> str:
    """Format as the rest of the house is, whatever the folder that we run in."""
    command = [sys.executable, "-m", "ruff"]
    isolated = ["--isolated", "--line-length", "100", "--target-version", "py311"]
    ours = ["--config", 'lint.isort.known-first-party = ["naru_client"]']
    for step in (
        ["check", "--quiet", "--select", "F401,I", "--fix", *isolated, *ours],
        ["format", "--quiet", *isolated],
    ):
        done = subprocess.run(  # noqa: S603
            [*command, *step, "--stdin-filename", "generated.py", "-"],
            input=code,
            capture_output=True,
            text=True,
            check=True,
        )
        code = done.stdout
    return code
