"""Ask the sandbox whether a source may run, and put its answer in public words."""

from dataclasses import dataclass

import orjson
from pydantic import ValidationError

from logic_service.adapters.sandbox import Sandbox
from logic_service.contract.errors import SourceRefusedError
from logic_service.contract.versions import SourceProblem, SourceReport
from logic_service.sandbox.types import CheckReport, Problem
from shared.errors import FieldProblem

_FORGED = Problem("description-invalid", "What the strategy says of itself is not valid text.")


@dataclass(frozen=True, slots=True)
class SourceChecking:
    """The use case behind ``POST /strategies/validate``; uploads go through it too."""

    sandbox: Sandbox

    async def report(self, source: str) -> SourceReport:
        """Return what the sandbox says. A source with problems is an answer, not an error."""
        return _present(await self.sandbox.check(source))

    async def accept(self, source: str) -> SourceReport:
        """Return the report of an acceptable source. Raises SourceRefusedError for any other."""
        report = await self.report(source)
        if not report.valid:
            first = report.problems[0].message
            raise SourceRefusedError(first, errors=[_field_problem(p) for p in report.problems])
        return report


def _present(report: CheckReport) -> SourceReport:
    """Put a report in public words; what a child describes may be a stranger's forgery."""
    try:
        described = _describe(report)
        orjson.dumps(described.params_schema)
    except (ValidationError, orjson.JSONEncodeError):
        return _describe(CheckReport((_FORGED,)))
    return described


def _describe(report: CheckReport) -> SourceReport:
    summary = report.strategy
    return SourceReport.model_validate(
        {
            "valid": report.ok,
            "problems": [_present_problem(problem) for problem in report.problems],
            "strategy_name": summary.name if summary else None,
            "style": summary.style if summary else None,
            "doc": summary.doc if summary else None,
            "params_schema": None if report.params_schema is None else dict(report.params_schema),
        }
    )


def _present_problem(problem: Problem) -> SourceProblem:
    return SourceProblem(
        code=problem.code,
        message=problem.message,
        line=problem.line,
        column=problem.column,
        hint=problem.hint,
    )


def _field_problem(problem: SourceProblem) -> FieldProblem:
    message = f"{problem.message} {problem.hint}" if problem.hint else problem.message
    return FieldProblem("/source", problem.code, message, problem.line, problem.column)
