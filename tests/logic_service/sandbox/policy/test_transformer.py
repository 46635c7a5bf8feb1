"""Every kind of syntax: what is allowed, and how the same kind is attacked."""

import ast
import sys
import tomllib
from pathlib import Path

import pytest

from logic_service.sandbox.policy import transformer
from logic_service.sandbox.policy.compiling import compile_source
from logic_service.sandbox.policy.namespace import Library

LIBRARY = Library()
CASES_FOLDER = Path(__file__).parents[3] / "sandbox_cases"

CASES: dict[str, dict[str, str]] = tomllib.loads((CASES_FOLDER / "syntax.toml").read_text())
# Syntax of later Pythons, and kinds that no statement of their own shows.
ELSEWHERE = {"TypeAlias", "TypeIgnore"}


def test_every_allowed_kind_has_a_case() -> None:
    allowed = set(transformer._PLAIN) | set(transformer._DECISIONS)

    assert allowed - ELSEWHERE == set(CASES) - {"alias"}  # "alias" is decided with its import


@pytest.mark.parametrize("kind", CASES)
def test_ordinary_source_of_each_kind_runs(kind: str) -> None:
    source = CASES[kind]["ordinary"]
    compiled = compile_source(source, LIBRARY.offered)

    assert compiled.problems == ()
    assert compiled.code is not None
    exec(compiled.code, LIBRARY.namespace(0, lambda _: None))
    assert kind in {type(node).__name__ for node in ast.walk(ast.parse(source))}


@pytest.mark.parametrize("kind", CASES)
def test_attack_of_each_kind_is_refused_with_its_place(kind: str) -> None:
    attack = CASES[kind]["attack"]
    compiled = compile_source(attack, LIBRARY.offered)

    assert compiled.code is None
    problem = compiled.problems[0]
    assert problem.code.endswith("-refused")
    assert problem.line is not None
    assert 1 <= problem.line <= attack.count("\n") + 1
    assert problem.column is not None
    assert kind in {type(node).__name__ for node in ast.walk(ast.parse(attack))} | {"Module"}


@pytest.mark.parametrize(
    "source",
    [
        "async def f(): pass",
        "async def f():\n    await g()",
        "async def f():\n    async for x in y: pass",
        "async def f():\n    async with x: pass",
        "try:\n    1\nexcept* ValueError:\n    2",
    ],
)
def test_unknown_syntax_is_refused_with_what_to_write(source: str) -> None:
    problem = compile_source(source, LIBRARY.offered).problems[0]

    assert problem.code == "syntax-refused"
    assert problem.hint


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the syntax is new in 3.12")
@pytest.mark.parametrize(
    "source", ["type X = int", "def f[T](x: T) -> T: return x", "class A[T]: 1"]
)
def test_type_parameters_are_allowed(source: str) -> None:
    assert compile_source(source, LIBRARY.offered).problems == ()


def test_column_counts_characters_not_bytes() -> None:
    problem = compile_source("é = 'ü'; x = eval", LIBRARY.offered).problems[0]

    assert problem.column == len("é = 'ü'; x = ") + 1


def test_own_functions_may_have_names_of_refused_builtins() -> None:
    source = "def open(x): return x\nclass A:\n    def eval(self): return open(1)\ngot = A().eval()"

    assert compile_source(source, LIBRARY.offered).problems == ()


def test_misspelt_import_says_what_was_meant() -> None:
    problem = compile_source("from collections import dequeue", LIBRARY.offered).problems[0]

    assert problem.hint == "Did you mean 'deque'?"


def test_star_import_binds_the_facade_s_names() -> None:
    compiled = compile_source("from math import *\ngot = floor(pi)", LIBRARY.offered)
    assert compiled.code is not None
    namespace = LIBRARY.namespace(0, lambda _: None)
    exec(compiled.code, namespace)

    assert namespace["got"] == 3


def test_all_problems_are_reported_in_order() -> None:
    problems = compile_source("import os\nx = eval('1')\nimport sys", LIBRARY.offered).problems

    assert [problem.line for problem in problems] == [1, 2, 3]
