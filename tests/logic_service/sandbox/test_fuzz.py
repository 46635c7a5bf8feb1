"""Sources nobody thought of: the compiler answers each, and the parent never dies."""

import textwrap

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.policy.compiling import compile_source
from logic_service.sandbox.policy.namespace import Library
from logic_service.sandbox.types import Verdict
from naru.engine.config import RunConfig
from tests.logic_service.sandbox.bytecode import breaches
from tests.logic_service.sandbox.sources import on_bar
from tests.sandbox_cases.attacks import LIMITS, bars

LIBRARY = Library()

_NAMES = """
x y self __class__ __builtins__ eval print math np _private __name__ é type super
"""
_ATTRIBUTES = """
real append __class__ __globals__ gi_frame format mro f_back base now _run_ __dict__
"""
NAMES = st.sampled_from(_NAMES.split())
ATTRIBUTES = st.sampled_from(_ATTRIBUTES.split())
ATOMS = st.one_of(
    NAMES,
    st.integers(-(10**20), 10**20).map(str),
    st.floats().map(repr),
    st.text(max_size=8).map(repr),
    st.binary(max_size=8).map(repr),
    st.sampled_from(["None", "True", "...", "[]", "{}", "()", "1j", "f'{x!r:>{y}}'"]),
)


def _wider(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(inner, inner)
    return st.one_of(
        pairs.map("({0[0]} + {0[1]})".format),
        pairs.map("{0[0]}[{0[1]}]".format),
        pairs.map("[{0[0]} for x in {0[1]}]".format),
        pairs.map("{{{0[0]}: {0[1]}}}".format),
        pairs.map("({0[0]} if {0[1]} else y)".format),
        pairs.map("(x := {0[0]}, *{0[1]})".format),
        st.tuples(inner, ATTRIBUTES).map("({0[0]}).{0[1]}".format),
        inner.map("lambda x: {0}".format).map("({0})".format),
        inner.map("print({0})".format),
        inner.map("f'{{{0}}}'".format),
    )


EXPRESSIONS = st.recursive(ATOMS, _wider, max_leaves=12)


def _block(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(inner, min_size=1, max_size=3).map("\n".join)
    indented = body.map(lambda text: textwrap.indent(text, "    "))
    return st.one_of(
        st.tuples(EXPRESSIONS, indented).map("if {0[0]}:\n{0[1]}".format),
        st.tuples(EXPRESSIONS, indented).map("for x in {0[0]}:\n{0[1]}".format),
        st.tuples(NAMES, indented).map("def {0[0]}(x, *y):\n{0[1]}".format),
        st.tuples(NAMES, indented).map("class {0[0]}:\n{0[1]}".format),
        indented.map("try:\n{0}\nexcept Exception as x:\n    raise\nfinally:\n    pass".format),
        st.tuples(EXPRESSIONS, indented).map("with {0[0]} as y:\n{0[1]}".format),
        st.tuples(EXPRESSIONS, indented).map("match {0[0]}:\n  case x:\n{0[1]}".format),
    )


STATEMENTS = st.recursive(
    st.one_of(
        EXPRESSIONS,
        st.tuples(NAMES, EXPRESSIONS).map("{0[0]} = {0[1]}".format),
        st.tuples(NAMES, ATTRIBUTES, EXPRESSIONS).map("{0[0]}.{0[1]} = {0[2]}".format),
        NAMES.map("import {0}".format),
        NAMES.map("global {0}".format),
        NAMES.map("del {0}".format),
        EXPRESSIONS.map("return {0}".format),
        EXPRESSIONS.map("yield {0}".format),
    ),
    _block,
    max_leaves=8,
)
SOURCES = st.lists(STATEMENTS, max_size=5).map("\n".join)


@given(SOURCES)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_grammatical_source_is_compiled_or_refused_with_a_reason(source: str) -> None:
    compiled = compile_source(source, LIBRARY.offered)

    assert (compiled.code is None) == bool(compiled.problems)
    assert all(problem.message for problem in compiled.problems)


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda data: data.decode("latin-1")))
@settings(max_examples=300, deadline=None)
def test_any_text_is_compiled_or_refused_with_a_reason(source: str) -> None:
    compiled = compile_source(source, LIBRARY.offered)

    assert (compiled.code is None) == bool(compiled.problems)


@given(SOURCES)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_accepted_source_becomes_bytecode_that_keeps_the_policy(source: str) -> None:
    compiled = compile_source(source, LIBRARY.offered)

    assert compiled.code is None or breaches(compiled.code) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("x.__globals__", ["reads __globals__"]),
        ("def f(): return [y.gi_frame for y in x]", ["reads gi_frame"]),
        ("x.now", ["reads now"]),
        ("class A:\n  def m(self): return self.__kept_, self._run_", ["reads _run_"]),
        ("x.format()", ["reads format"]),
        ("x.__class__ = y", ["writes __class__"]),
        ("del x.mro", ["writes mro"]),
        ("match x:\n  case y(real=a, __dict__=b): pass", ["matches __dict__"]),
        ("def __import__(): pass", ["binds __import__"]),
        ("class A:\n  def m(self): return __builtins__", ["names __builtins__"]),
    ],
)
def test_bytecode_that_breaks_the_policy_is_seen(source: str, found: list[str]) -> None:
    assert breaches(compile(source, "unchecked", "exec")) == found


@given(source=SOURCES)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_host_survives_every_source(source: str, host: SandboxHost) -> None:
    report = host.check(source)
    execution = host.run(source, bars(), RunConfig(), limits=LIMITS)

    assert not report.ok  # none of these defines a strategy
    assert execution.verdict in set(Verdict) - {Verdict.OK, Verdict.KILLED}
    assert execution.problem is not None


def test_every_cut_of_a_good_source_is_answered(host: SandboxHost) -> None:
    source = on_bar("self.buy(1)")
    for end in range(0, len(source), 3):
        report = host.check(source[:end])
        assert report.ok or report.problems[0].message
