"""What the pages say can be followed: their links, and what README.md tells newcomers to type."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

from logic_service.sandbox.host import SandboxHost
from naru.cli.commands import LazyCommands, cli

ROOT = Path(__file__).parents[2]
_FOLDERS_OF_OTHERS = {"node_modules", "build", "dist"}
_LINK = re.compile(r"(?<!!)\[[^]\n]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def pages() -> Iterator[Path]:
    """Find the pages of the repository, not those of what is installed in it."""
    for path in sorted(ROOT.rglob("*.md")):
        parts = path.relative_to(ROOT).parts
        if not any(part.startswith(".") or part in _FOLDERS_OF_OTHERS for part in parts):
            yield path


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    text = _FENCE.sub("", page.read_text())
    titles = re.findall(r"^#+ +(.*?) *$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def blocks(page: Path, language: str) -> list[str]:
    return [text for given, text in _FENCE.findall(page.read_text()) if given == language]


PAGES = list(pages())


def test_the_pages_were_found() -> None:
    assert {ROOT / "README.md", ROOT / "docs" / "api.md"} <= set(PAGES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    lost = []
    for link in _LINK.findall(_FENCE.sub("", page.read_text())):
        if re.match(r"[a-z]+:", link):  # another site
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)

    assert lost == []


def test_the_strategy_of_the_readme_is_accepted(tmp_path: Path) -> None:
    (source,) = blocks(ROOT / "README.md", "python")
    with SandboxHost() as host:
        report = host.check(source)

    assert report.problems == ()
    assert report.strategy is not None


def test_the_readme_types_commands_and_options_that_exist() -> None:
    group = typer.main.get_command(cli)
    assert isinstance(group, LazyCommands)
    lines = "".join(blocks(ROOT / "README.md", "sh")).splitlines()
    typed = [
        shlex.split(command, comments=True)[3:]
        for line in lines
        for command in line.split("&&")
        if command.strip().startswith("uv run naru")
    ]
    assert len(typed) > 10
    for arguments in typed:
        names = arguments[: 2 if arguments[0] == "remote" else 1]
        shown = CliRunner().invoke(cli, [*names, "--help"], env={"COLUMNS": "200"})
        assert shown.exit_code == 0, names
        for option in (word for word in arguments if word.startswith("--")):
            assert option in shown.output, (names, option)
