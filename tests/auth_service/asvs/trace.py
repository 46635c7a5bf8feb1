"""Which test shows which requirement; ``python -m tests.auth_service.asvs.trace`` writes it."""

import ast
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
REPORT = ROOT / "docs" / "asvs.md"
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement of levels 1 and 2; ``reason`` stands in for a test."""

    id: str
    level: int
    asks: str
    reason: str | None


def read_requirements() -> list[Requirement]:
    """Return the requirements in their order."""
    document = tomllib.loads((_HERE / "requirements.toml").read_text("utf-8"))
    return [
        Requirement(id_, entry["level"], entry["asks"], entry.get("reason"))
        for chapter in document.values()
        for id_, entry in chapter.items()
    ]


def find_tests() -> dict[str, list[str]]:
    """Return, for each requirement that some test names, those tests."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for id_ in _named_by(node):
                    found[id_].append(f"{path.relative_to(ROOT)}::{node.name}")
    return dict(found)


def _named_by(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    for mark in node.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.asvs":
            for argument in mark.args:
                yield str(ast.literal_eval(argument))


def render() -> str:
    """Return the report."""
    tests = find_tests()
    requirements = read_requirements()
    tested = sum(requirement.id in tests for requirement in requirements)
    lines = [
        "# OWASP ASVS 5.0, levels 1 and 2, chapters V6 to V10",
        "",
        "Written by `python -m tests.auth_service.asvs.trace`; a test fails when it is outdated.",
        f"Of {len(requirements)} requirements {tested} are shown by tests; the others say why not,",
        "or how else they are met.",
        "",
        "| # | Level | Asks | Shown by, or reason |",
        "|---|---|---|---|",
    ]
    for requirement in requirements:
        shown = "<br>".join(f"`{name}`" for name in tests.get(requirement.id, []))
        evidence = "<br>".join(part for part in (shown, requirement.reason) if part)
        lines.append(
            f"| {requirement.id} | {requirement.level} | {requirement.asks} | {evidence} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    REPORT.write_text(render(), "utf-8")
    sys.stdout.write(f"{REPORT}\n")
