"""What a crashed strategy's author is told: where it happened, and what was probably meant."""

import pytest

from logic_service.sandbox.advice import advise
from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.types import Verdict
from naru.bars import Bars
from naru.engine.config import RunConfig
from tests.logic_service.sandbox.sources import line_of, on_bar


@pytest.mark.parametrize(
    ("body", "place", "hint"),
    [
        ("self.bye(1)", "self.bye", "Did you mean 'buy'?"),
        ("x = 1 + self.data.Close[-1]", "self.data.Close", "Did you mean 'close'?"),
        ("'가나'; x = self.datetime", "self.datetime", "Did you mean 'now'?"),
        ("self.buy(qty=1)", "self.buy", "Did you mean 'size'?"),
        ("self.buy(1, stop_loss=90)", "self.buy", "Did you mean 'sl'?"),
        ("self.target(0.5)", "self.target",
         "Say what the number is: target(percent=0.5) or target(size=10)."),
        ("self.buy(1, 100)", "self.buy", "Give all but the size by name: buy(1, limit=100)."),
        ("x = position.size", "position", "Did you mean 'self.position'?"),
        ("if self.data.close[-3:] > 3: pass", "self.data.close[-3:] > 3",
         "A series or slice has many values: [-1] is the newest one."),
        ("import numpy as np; x = np.array([])[-1]", "np.array([])[-1]",
         "In init there are no bars yet: write self.indicator(ta.sma, self.data.close, 20)."),
        ("self.positions['XYZ'].close()", "self.positions['XYZ']", "self.positions has BTC-USD."),
        ("import numpy as np; x = bool(np.array([]) > 1)", "bool(np.array([]) > 1)",
         "In init there are no bars yet: write self.indicator(ta.sma, self.data.close, 20)."),
        ("x = {}['XYZ']", "{}['XYZ']", None),
        ("x = unheard_of", "unheard_of", None),
        ("setattr(self, 'a' * 400, 1); x = getattr(self, 'a' * 401)", "getattr(self", None),
        ("x = 1 / 0", "1 / 0", None),
    ],
)  # fmt: skip
def test_a_crash_names_its_place_and_what_was_meant(
    host: SandboxHost, bars: list[Bars], body: str, place: str, hint: str | None
) -> None:
    source = on_bar(body)
    execution = host.run(source, bars, RunConfig())

    assert execution.verdict is Verdict.CRASHED
    problem = execution.problem
    assert problem is not None
    line = source.splitlines()[line_of(source, body) - 1]
    assert (problem.line, problem.column) == (line_of(source, body), line.index(place) + 1)
    assert problem.hint == hint


def test_a_method_without_self_is_explained(host: SandboxHost, bars: list[Bars]) -> None:
    source = "from naru import Strategy\nclass S(Strategy):\n    def on_bar(): pass\n"
    problem = host.run(source, bars, RunConfig()).problem

    assert problem is not None
    assert problem.hint == "Methods take self first: write 'def on_bar(self)'."


def test_an_exception_whose_text_leaves_the_interpreter_still_names_its_line(
    host: SandboxHost, bars: list[Bars]
) -> None:
    source = on_bar(
        "raise Leaving",
        before="""
        class Leaving(AttributeError):
            def __str__(self): raise KeyboardInterrupt
            @property
            def obj(self): raise SystemExit
        """,
    )
    problem = host.run(source, bars, RunConfig()).problem

    assert problem is not None
    assert problem.message == "Leaving, at the bar of 1970-01-01T00:00:00Z"
    assert problem.line == line_of(source, "raise Leaving")


def test_a_crash_tells_its_bar(host: SandboxHost, bars: list[Bars]) -> None:
    late = host.run(on_bar("if len(self.data) == 3: 1 / 0"), bars, RunConfig()).problem
    early = "from naru import Strategy\nclass S(Strategy):\n    def init(self): 1 / 0\n"
    at_once = host.run(early, bars, RunConfig()).problem

    assert late is not None
    assert late.message == "ZeroDivisionError: division by zero, at the bar of 1970-01-01T00:02:00Z"
    assert at_once is not None
    assert at_once.message == "ZeroDivisionError: division by zero"


def test_an_object_that_does_not_want_to_be_looked_at_gives_no_hint() -> None:
    class Shy:
        def __dir__(self):
            raise RuntimeError("go away")

    with pytest.raises(AttributeError) as caught:
        Shy().anything  # noqa: B018
    assert advise(caught.value, None) is None
