"""The same run in other processes: the same bytes, also where a strategy looks for addresses."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.types import Execution, Verdict
from naru.bars import Bars
from naru.engine.config import RunConfig

# What a strategy may ask of things that differ in nothing but where they lie in memory.
_QUESTIONS = """
[repr(it) for it in things]
[f"{it!s:>60}" for it in things]
["%s" % (it,) for it in things]
[str(KeyError(it)) for it in things]
np.array(things[:3] + [None], dtype=object).astype(str).tolist()
[functions.index(it) for it in frozenset(functions)]
[methods.index(it) for it in set(methods)]
[boxes.index(it) for it in {box for box in boxes}]
[errors.index(it) for it in set(errors)]
[shapes.index(it) for it in set(shapes)]
[generics.index(it) for it in set(generics)]
[dates.index(it) for it in set(dates)]
[self.placed.index(it) for it in set(self.placed)]
[hash(it) for it in boxes + errors + shapes + generics + dates + ["text", 1.5, (1, "a")]]
sorted({str(it) for it in things})
[len(str(it)) for it in (self, self.data, self.position, self.buy, iter(self.data.close))]
list({"a": 1, "b": 2, "c": 3} | {str(self): 1})
"""
QUESTIONS = [line for line in _QUESTIONS.splitlines() if line]

_SOURCE = """
import functools, itertools, random, re
from abc import ABC, abstractmethod
from collections import deque
from typing import Generic, TypeVar
import numpy as np
from naru import Strategy, ta

T = TypeVar("T")

class Box:
    def method(self): pass
class Broken(Exception): pass
class Shape(ABC):
    @abstractmethod
    def area(self): pass
class Square(Shape):
    def area(self): return 1
class Kept(Generic[T]): pass
class Draw(random.Random): pass
def make(n): return lambda: n
def count(): yield 1

boxes = [Box() for _ in range(40)]
methods = [box.method for box in boxes]
errors = [Broken() for _ in range(40)]
shapes = [Square() for _ in range(40)]
generics = [Kept() for _ in range(40)]
dates = [Draw(n) for n in range(40)]
functions = [make(n) for n in range(20)] + [make, count, lambda: 1, lambda: 2]
things = [
    make, boxes[0], errors[0], shapes[0], generics[0], dates[0], count(), len, [].append, object(),
    (1).__add__, iter([]), map(make, []), functools.partial(make), functools.cache(make),
    itertools.cycle([1]), deque([make]), re.finditer("a", "a"), random.choice, np.mean,
    np.random.normal, np.random.default_rng(1), np.zeros(1).flat, property(make),
    super(Broken, errors[0]),
]

class Asking(Strategy):
    placed = []
    def on_bar(self):
        if len(self.placed) < 9:
            self.placed.append(self.buy(1))
        elif len(self.placed) == 9:
            self.placed.append(None)
            for text in map(str, ASKED):
                self.log(text.replace("0x", "ADDRESS "))
                self.buy(sum(map(ord, text)) / 1e6, tag=str(len(text)))
"""


def source_of(questions: list[str]) -> str:
    """Return a strategy that asks, logs the answers, and orders by them."""
    return _SOURCE.replace("ASKED", f"[{', '.join(questions)}]")


@pytest.fixture(scope="module")
def hosts() -> Iterator[list[SandboxHost]]:
    """Return two sandboxes, of which one was started with a large environment."""
    with pytest.MonkeyPatch.context() as patch, SandboxHost() as first:
        for number in range(50):
            patch.setenv(f"NARU_TEST_{number}", str(number) * 997)
        with SandboxHost() as second:
            if not first.layers()["addresses_hidden"]:
                pytest.skip("this interpreter lays its types out in another way")
            assert len(os.environ) > 50
            yield [first, second]


@given(st.lists(st.sampled_from(QUESTIONS), min_size=1, max_size=6))
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_questions_have_the_same_answers(
    hosts: list[SandboxHost], bars: list[Bars], questions: list[str]
) -> None:
    source = source_of(questions)
    answers = [each.run(source, bars, RunConfig()) for each in (hosts[0], *hosts, hosts[1])]

    assert all(each.verdict is Verdict.OK for each in answers), answers[0].problem
    assert len({said(each) for each in answers}) == 1


def test_no_text_holds_an_address(hosts: list[SandboxHost], bars: list[Bars]) -> None:
    execution = hosts[0].run(source_of(QUESTIONS), bars, RunConfig())

    assert execution.verdict is Verdict.OK, execution.problem
    assert len(execution.logs) == len(QUESTIONS)
    assert "ADDRESS" not in "".join(line.text for line in execution.logs)


def said(execution: Execution) -> tuple[bytes, tuple[str, ...]]:
    """Return what must be the same in every process."""
    return execution.orders, tuple(line.text for line in execution.logs)
