"""Lock the dependencies: ``python -m infra.lock`` (``--check`` to compare only).

Writes ``requirements.lock`` (every package, exact, with hashes, without addresses) and repeats the
exact versions as uv's constraints in ``pyproject.toml``, so that ``uv run`` installs the same ones.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
_PIN = re.compile(r"^([A-Za-z0-9._-]+(?:\[[^]]*\])?)==(\S+)(?: ; (.+?))?(?: \\)?$", re.MULTILINE)
_CONSTRAINTS = re.compile(r"constraint-dependencies = \[\n.*?^\]\n", re.MULTILINE | re.DOTALL)


def compile_lock(target: Path) -> str:
    """Resolve the project with its development group, starting from what ``target`` pins."""
    command = ["uv", "pip", "compile", "pyproject.toml", "--group", "dev", "--universal"]
    command += ["--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate"]
    command += ["--no-emit-index-url", "--no-emit-find-links", "--quiet", "-o", str(target)]
    subprocess.run(command, cwd=ROOT, check=True)
    return target.read_text()


def constraints(lock: str) -> str:
    """Return the ``constraint-dependencies`` table that repeats the lock's versions."""
    lines = []
    for name, version, marker in _PIN.findall(lock):
        condition = f" ; {marker}" if marker else ""
        lines.append(f"    {repr_toml(f'{name}=={version}{condition}')},\n")
    return "constraint-dependencies = [\n" + "".join(lines) + "]\n"


def repr_toml(text: str) -> str:
    """Quote a TOML string; markers hold single quotes only."""
    return f'"{text}"'


def main() -> int:
    """Write the lock, or with ``--check`` say whether it is up to date."""
    lock_file, project_file = ROOT / "requirements.lock", ROOT / "pyproject.toml"
    before = (lock_file.read_text() if lock_file.exists() else "", project_file.read_text())
    lock = compile_lock(lock_file)
    project = _CONSTRAINTS.sub(lambda _: constraints(lock), before[1])
    project_file.write_text(project)
    if "--check" not in sys.argv or (lock, project) == before:
        return 0
    lock_file.write_text(before[0])
    project_file.write_text(before[1])
    sys.stderr.write("requirements.lock is out of date: run python -m infra.lock\n")
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
