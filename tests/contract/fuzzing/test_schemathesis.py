"""What the OpenAPI document promises is kept: all checks of schemathesis, and its stateful phase.

The same by hand, for longer: ``NARU_FUZZ_EXAMPLES=50 NARU_FUZZ_S=600 pytest <this file>``.
"""

import os
import subprocess
import sys
from asyncio import to_thread
from pathlib import Path

import pytest

from tests.journeys.installation import Installation, Person

CONFIG = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = os.environ.get("NARU_FUZZ_EXAMPLES", "1")
SECONDS = os.environ.get("NARU_FUZZ_S")
# The coverage phase alone sends some 6,000 requests: by hand.
PHASES = "examples,coverage,fuzzing,stateful" if SECONDS else "examples,fuzzing,stateful"
# They would end the session that everything else is tried with, or lock somebody out.
EXCLUDED = (
    "act_in_workspace",
    "change_own_password",
    "delete_me",
    "delete_workspace",
    "end_all_sessions",
    "end_one_session",
    "logout",
    "rotate_signing_keys",
    "suspend_user",
)


def fuzz(url: str, token: str | None, folder: Path, phases: str) -> str:
    """Run schemathesis; return what it says. Fails the test unless it finds nothing."""
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG)]
    command += ["run", f"{url}/openapi.json", "--checks", "all", "--phases", phases]
    command += ["--max-examples", EXAMPLES, "--seed", "1", "--continue-on-failure"]
    command += ["--generation-deterministic"]
    # Two credentials at once are refused: ours goes along, none is made up besides.
    command += ["--generation-with-security-parameters", "false", "--request-timeout", "60"]
    command += ["--suppress-health-check", "all", "--warnings", "off", "--no-color"]
    for name in EXCLUDED:
        command += ["--exclude-operation-id", name]
    if token is not None:
        command += ["--header", f"Authorization: Bearer {token}"]
    if SECONDS is not None:
        command += ["--max-time", SECONDS]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    return done.stdout


@pytest.mark.timeout(3600)
async def test_as_somebody_on_the_free_plan(
    fuzzed_installation: Installation, attacker: Person, tmp_path: Path
) -> None:
    told = await to_thread(fuzz, fuzzed_installation.url, attacker.token, tmp_path, PHASES)

    assert "No issues found" in told
    assert (await attacker.ask("GET", "/me")).status_code == 200


@pytest.mark.timeout(3600)
async def test_as_a_stranger(
    fuzzed_installation: Installation, attacker: Person, tmp_path: Path
) -> None:
    told = await to_thread(fuzz, fuzzed_installation.url, None, tmp_path, PHASES)

    assert "No issues found" in told
