"""What docs/api.md shows works, in the order in which it stands there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet
import pytest

from naru.cli.sample_bars import daily_bars_csv
from tests.journeys.installation import Installation

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "api.md").read_text()
URL = "http://127.0.0.1:8000"


def blocks(language: str, url: str) -> str:
    """Return all blocks of a language as one program."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert found
    return "\n".join(found).replace(URL, url)


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """Return a folder as the page takes it for granted: bars, examples, and a naru command."""
    (tmp_path / "bars.csv").write_bytes(daily_bars_csv())
    bars = pyarrow.csv.read_csv(tmp_path / "bars.csv")
    pyarrow.parquet.write_table(bars, tmp_path / "aapl.parquet")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    command = tmp_path / "bin" / "naru"
    command.parent.mkdir()
    command.write_text(f"#!{sys.executable}\nfrom naru.cli import main\nmain()\n")
    command.chmod(0o755)
    return tmp_path


@pytest.mark.timeout(240)
@pytest.mark.skipif(not (shutil.which("jq") and shutil.which("curl")), reason="wants curl and jq")
def test_the_page_works(generous_installation: Installation, workplace: Path) -> None:
    environment = dict(os.environ) | {
        "PATH": f"{workplace / 'bin'}:{os.environ['PATH']}",
        "XDG_CONFIG_HOME": str(workplace / "config"),
        "PYTHONPATH": os.pathsep.join(["", *sys.path]).strip(os.pathsep),
    }

    def run(*command: str) -> str:
        done = subprocess.run(
            command, cwd=workplace, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    told = run("bash", "-euo", "pipefail", "-c", blocks("sh", generous_installation.url))

    assert '"status": "finished"' in told
    assert '"line": 1' in told
    assert '"Slow cross"' in told
    assert '"entry_price"' in told
    assert "Sharpe ratio" in told
    assert (workplace / "report.html").read_text().startswith("<!doctype html>")
    assert (workplace / "out.html").exists()
    said = run(sys.executable, "-c", blocks("python", generous_installation.url))
    assert "finished 1.0" in said
    assert "source-refused 1" in said
