"""What can be wrong with a file of bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from shared.errors import FieldProblem, InvalidInputError


@dataclass(frozen=True, slots=True)
class BarFileProblem:
    """One broken rule.

    field     the column, or ``file`` when it is the whole
    row       1-based number of the first row that breaks the rule, the header not counted
    code      the rule, stable and machine-readable
    message   what is wrong, with the number of rows when there are several
    """

    field: str
    row: int | None
    code: str
    message: str

    def to_field_problem(self) -> FieldProblem:
        """Return the public form, at ``/rows/17/high``, ``/columns/ts`` or ``/file``."""
        if self.row is not None:
            return FieldProblem(f"/rows/{self.row}/{self.field}", self.code, self.message)
        pointer = "/file" if self.field == "file" else f"/columns/{self.field}"
        return FieldProblem(pointer, self.code, self.message)


class BarFileError(InvalidInputError):
    """The file holds no usable bars; ``problems`` says why, one entry for each broken rule."""

    code, title = "bar-file-invalid", "The file holds no usable bars"

    problems: tuple[BarFileProblem, ...] = ()

    @classmethod
    def of(cls, problems: Sequence[BarFileProblem]) -> Self:
        """Build the error; its text is the first problem's message."""
        others = len(problems) - 1
        detail = problems[0].message + (f" (and {others} more)" if others else "")
        error = cls(detail, errors=[problem.to_field_problem() for problem in problems])
        error.problems = tuple(problems)
        return error

    @classmethod
    def about(cls, field: str, code: str, message: str, row: int | None = None) -> Self:
        """Build the error for a single problem."""
        return cls.of([BarFileProblem(field, row, code, message)])
