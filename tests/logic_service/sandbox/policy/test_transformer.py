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


@pytest.mark.parametrize(
    "source",
    [
        "def rises(open, close): return close > open\ngot = rises(1, 2)",
        "def named(*, id, input=3): return lambda dir: (id, input, dir)\ngot = named(id=1)(2)",
        "class Book:\n    def add(self, id, *vars, **help): return [id for _ in vars], help",
        "got = (lambda open: open)(1)",
    ],
)
def test_arguments_may_have_names_of_refused_builtins(source: str) -> None:
    compiled = compile_source(source, LIBRARY.offered)

    assert compiled.code is not None, compiled.problems
    exec(compiled.code, LIBRARY.namespace(0, lambda _: None))


@pytest.mark.parametrize(
    "source",
    ["def f(open=open): return open", "def f(id): pass\nid(3)", "x = lambda vars: 1, vars"],
)
def test_arguments_name_them_in_their_own_function_only(source: str) -> None:
    (problem,) = compile_source(source, LIBRARY.offered).problems

    assert problem.code == "builtin-refused"


@pytest.mark.parametrize(
    "caught", ["ImportError", "(ValueError, ModuleNotFoundError)", "", "Exception"]
)
@pytest.mark.parametrize(
    "line", ["import pandas as pd", "from pandas import DataFrame as pd", "from os import *"]
)
def test_imports_that_may_fail_fail_when_they_are_run(line: str, caught: str) -> None:
    source = f"try:\n    {line}\nexcept {caught}:\n    pd = None\n"
    compiled = compile_source(source, LIBRARY.offered)

    assert compiled.code is not None, compiled.problems
    namespace = LIBRARY.namespace(0, lambda _: None)
    exec(compiled.code, namespace)
    assert namespace["pd"] is None


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    import os\nexcept ValueError:\n    pass",
        "try:\n    pass\nexcept ImportError:\n    import os",
        "try:\n    pass\nexcept ImportError:\n    pass\nelse:\n    import os",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    pass\nelse:\n    import os",
        "try:\n    from os import path as __builtins__\nexcept ImportError:\n    pass",
    ],
)
def test_other_imports_are_refused_with_their_line(source: str) -> None:
    (problem,) = compile_source(source, LIBRARY.offered).problems

    assert problem.code in {"import-refused", "name-refused"}
    assert problem.line == source[: source.index("os")].count("\n") + 1


def test_imports_for_type_checkers_are_not_run() -> None:
    source = """
import typing
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import pandas as pd
elif typing.TYPE_CHECKING:
    from pandas import DataFrame
def f(frame: "pd.DataFrame"): return frame
"""
    compiled = compile_source(source, LIBRARY.offered)

    assert compiled.code is not None, compiled.problems
    exec(compiled.code, LIBRARY.namespace(0, lambda _: None))
