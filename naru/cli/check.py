"""``naru check``: may this source run?"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.types import SandboxUnavailableError, Verdict
from naru.cli.ending import fail, read_source
from naru.cli.explaining import explain
from naru.cli.options import UnsafeSandbox

_LIMITS = {"minimum": "from", "maximum": "to", "multipleOf": "in steps of"}


def check(
    file: Annotated[Path, typer.Argument(help="The strategy's source.")],
    unsafe_development_sandbox: UnsafeSandbox = False,
) -> None:
    """Check a strategy as `naru backtest` and the platform do before they run it.

    Exit status: 0 it may run, 1 it is refused, 2 the file cannot be read.
    """
    source = read_source(file)
    try:
        with SandboxHost(standby=0, unsafe_development=unsafe_development_sandbox) as host:
            report = host.check(source)
    except SandboxUnavailableError as error:
        fail(str(error))
    if report.strategy is None:
        explain(file, source, Verdict.REJECTED, report.problems)
    typer.echo(f"{file}: {report.strategy.name} may run ({report.strategy.style} style)")
    for line in _params((report.params_schema or {}).get("properties")):
        typer.echo(f"  --param {line}")


def _params(schema: Any) -> Iterator[str]:
    """Yield what the parameters are, and may be."""
    named: Mapping[str, Mapping[str, Any]] = schema or {}
    for name, rules in named.items():
        bounds = [f"{word} {rules[key]}" for key, word in _LIMITS.items() if key in rules]
        if "enum" in rules:
            bounds.append("one of " + ", ".join(str(choice) for choice in rules["enum"]))
        told = " ".join(bounds) or str(rules.get("type", ""))
        doc = f"  {rules['description']}" if "description" in rules else ""
        yield f"{name}={rules.get('default')}  {told}{doc}"
