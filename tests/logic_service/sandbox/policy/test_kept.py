"""What the kit keeps on a strategy is not assigned by it; all else is the strategy's own."""

import inspect
import textwrap

import pytest

from logic_service.sandbox.policy import hints
from logic_service.sandbox.policy.compiling import compile_source
from logic_service.sandbox.policy.namespace import Library
from logic_service.sandbox.types import Problem
from naru.compat import backtesting
from naru.strategy import Strategy

LIBRARY = Library()
OWN = {"state", "warmup"}  # documented to be assigned


def problems_of(source: str) -> tuple[Problem, ...]:
    return compile_source(textwrap.dedent(source), LIBRARY.offered).problems


def test_all_that_the_kit_keeps_has_a_hint() -> None:
    kinds = (Strategy, backtesting.Strategy)
    given = {name for kind in kinds for name in inspect.get_annotations(kind)}
    read = {
        name
        for kind in kinds
        for name, value in inspect.getmembers(kind)
        if isinstance(value, property)
    }

    public = {name for name in given | read if not name.startswith("_")}
    assert public - OWN == set(hints.KEPT)


@pytest.mark.parametrize("name", hints.KEPT)
def test_an_assignment_is_refused_with_its_place_and_what_to_do(name: str) -> None:
    source = f"""
    from naru import Strategy
    class S(Strategy):
        def on_bar(self):
            self.{name} = 3
    """

    [problem] = problems_of(source)
    assert (problem.code, problem.line, problem.column) == ("attribute-refused", 5, 9)
    assert f"'{name}'" in problem.message
    assert problem.hint == hints.KEPT[name]


@pytest.mark.parametrize(
    "statement",
    [
        "self.position += 1",
        "self.position: int = 1",
        "self.count, self.position = 1, 2",
        "for self.position in range(3): pass",
        "del self.position",
        "self.positions['IBM'] = 3",
        "(lambda: [0 for self.position in [1]])()",
    ],
)
def test_all_ways_to_assign_are_seen(statement: str) -> None:
    source = f"""
    import naru
    class S(naru.Strategy):
        def on_bar(self):
            {statement}
    """

    [problem] = problems_of(source)
    assert (problem.code, problem.line) == ("attribute-refused", 5)


@pytest.mark.parametrize(
    "line",
    [
        "from naru import Strategy as Base",
        "from naru import *\nclass Base(Strategy): pass",
        "from naru.compat.backtesting import Strategy as Base",
        "import naru as n\nclass Base(n.Strategy): pass",
        "import naru.compat.backtesting\nclass Base(naru.compat.backtesting.Strategy): pass",
        "from naru.compat import backtesting as b\nclass Base(b.Strategy): pass",
    ],
)
def test_a_strategy_is_known_by_its_bases(line: str) -> None:
    problems = problems_of(f"{line}\nclass S(Base):\n    def init(self): self.data = 1")

    assert "'data'" in problems[-1].message


def test_values_of_the_class_are_seen() -> None:
    source = """
    from naru import Strategy
    class S(Strategy):
        cash = 50_000
        position: object
        orders: list = []
        size = {}
        size[0] = [position for position in ()]
    """

    assert [problem.line for problem in problems_of(source)] == [4, 6]


def test_what_is_the_strategys_own_is_assigned() -> None:
    source = """
    from naru import Strategy
    class Book:
        data = ()
        def __init__(self):
            self.position = 0
            self.orders = []
            self.positions = {}
            self.positions["IBM"] = 1
    class S(Strategy):
        warmup = 10
        count: int = 0
        def init(self):
            self.book = Book()
            self.state = {"seen": 0}
            self.warmup = 20
            self.target = 105.0
        def on_bar(self):
            position, cash = self.position, self.cash
            self.count += 1
            self.state["seen"] += 1
            self.book.position = self.position.size
            self.book.positions["IBM"] = cash
            class Inner:
                def __init__(self):
                    self.position = position
            self.inner = Inner()
    """

    assert problems_of(source) == ()
