"""Source to code object, under the policy. Runs in a locked child only."""

from __future__ import annotations

import ast
import types
import warnings
from dataclasses import dataclass

from logic_service.sandbox.policy import caps, names
from logic_service.sandbox.policy.transformer import ImportedNames, StrategyPolicy
from logic_service.sandbox.types import Problem
from naru.engine.compiled.source import SOURCE

MAX_PROBLEMS = 50


@dataclass(frozen=True, slots=True)
class Compiled:
    """Either the code or the problems, never both."""

    code: types.CodeType | None
    problems: tuple[Problem, ...]


def compile_source(source: str, imported_names: ImportedNames) -> Compiled:
    """Check and compile a strategy's source; every way to fail ends in a Problem with a line."""
    problems = caps.text_problems(source)
    if problems:
        return Compiled(None, tuple(problems))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an invalid escape is not worth refusing
        try:
            return _compile(source, imported_names)
        except SyntaxError as error:
            return Compiled(None, (_syntax_problem(error),))
        except (RecursionError, MemoryError):
            return Compiled(None, (too_complex("too deeply nested"),))
        except (ValueError, OverflowError) as error:
            return Compiled(None, (Problem("syntax", f"The source cannot be read: {error}."),))


def too_complex(why: str) -> Problem:
    """Return the problem of a source that costs more to compile than any honest one."""
    return Problem(
        "source-too-complex", f"The source is {why} to compile.", hint="Split it into functions."
    )


def _compile(source: str, imported_names: ImportedNames) -> Compiled:
    tree = ast.parse(source, names.STRATEGY_FILE)
    problems = caps.tree_problems(tree)
    if problems:
        return Compiled(None, tuple(problems))
    policy = StrategyPolicy(imported_names)
    policy.apply(tree)
    if policy.problems:
        lines = source.splitlines()
        located = tuple(_in_characters(item, lines) for item in policy.problems[:MAX_PROBLEMS])
        return Compiled(None, located)
    tree.body.append(_keep_source(source))
    code = compile(tree, names.STRATEGY_FILE, "exec", dont_inherit=True)
    return Compiled(code, ())


def _keep_source(source: str) -> ast.stmt:
    """Return the line that leaves the source for the engine, which reads ``on_bar`` in it."""
    line = ast.Assign([ast.Name(SOURCE, ast.Store())], ast.Constant(source))
    return ast.fix_missing_locations(line)


def _in_characters(problem: Problem, lines: list[str]) -> Problem:
    """Turn the syntax tree's column, in UTF-8 bytes, into one in characters."""
    if problem.line is None or problem.column is None or problem.line > len(lines):
        return problem
    before = lines[problem.line - 1].encode("utf-8")[: problem.column - 1]
    column = len(before.decode("utf-8", "ignore")) + 1
    return Problem(problem.code, problem.message, problem.line, column, problem.hint)


def _syntax_problem(error: SyntaxError) -> Problem:
    message = f"Syntax error: {error.msg}."
    column = error.offset if error.offset and error.offset > 0 else None
    return Problem("syntax", message, error.lineno, column)
