"""Libraries in the hands of a strategy: what people do with them works as in plain Python."""

import textwrap
from typing import Any

import pytest

from logic_service.sandbox.policy.compiling import compile_source
from logic_service.sandbox.policy.namespace import Library

LIBRARY = Library()


def result_of(source: str) -> Any:
    """Run checked source and return what it calls ``got``."""
    compiled = compile_source(textwrap.dedent(source), LIBRARY.offered)
    assert compiled.code is not None, compiled.problems
    namespace = LIBRARY.namespace(0, lambda _: None)
    exec(compiled.code, namespace)
    return namespace["got"]


def plain_result_of(source: str) -> Any:
    """Run the same source as plain Python."""
    namespace: dict[str, Any] = {"__name__": __name__}
    exec(textwrap.dedent(source), namespace)
    return namespace["got"]


@pytest.mark.parametrize(
    "source",
    [
        # Names that are guarded on some types are ordinary names on one's own.
        """
        class Levels:
            def __init__(self):
                self.base, self.view, self.format = 1.0, [1], "x"
            def raise_by(self, step):
                self.base += step
                self.view += [step]
                self.format *= 2
        class Holder:
            def __init__(self): self.levels = Levels()
        holder = Holder()
        kept = holder.levels.view
        holder.levels.raise_by(2.0)
        holder.levels.base -= 0.5
        levels = holder.levels
        got = (levels.base, levels.view, kept is levels.view, levels.format)
        """,
        """
        class Counts:
            base = 1
            base += 1
        Counts.base += 1
        got = [Counts.base]
        for Counts.base in range(3): got.append(Counts.base)
        """,
        """
        from abc import ABC, abstractmethod
        from dataclasses import dataclass, field, astuple
        @dataclass
        class Shape(ABC):
            base: float = 1.0
            view: list = field(default_factory=list)
            register: int = 3
            @abstractmethod
            def area(self): ...
        @dataclass(slots=True)
        class Square(Shape):
            base: float = 2.0
            now: int = 1
            def area(self): return self.base ** 2
        square = Square()
        square.base += 1
        got = (astuple(square), square.area())
        """,
        """
        from copy import copy, deepcopy
        class Point:
            __slots__ = ["x", "__hidden"]
            def __init__(self): self.x, self.__hidden = [1], 2
            def hidden(self): return self.__hidden
        class Named(Point):
            __slots__ = {"name": "what it is called"}
        class Free(Named): pass
        got = []
        for kind in (Point, Named, Free):
            point = kind()
            if kind is not Point: point.name = "n"
            if kind is Free: point.more = 5
            shallow, deep = copy(point), deepcopy(point)
            got.append((shallow.x is point.x, deep.x is point.x, deep.x))
            got.append((shallow.hidden(), deep.hidden()))
        got.append((shallow.name, deep.more))
        """,
        """
        from dataclasses import dataclass
        @dataclass
        class Move:
            side: str
            size: float = 1.0
        match Move("buy"):
            case Move(side, size): got = (side, size)
        """,
        """
        from typing import TypedDict
        class Level(TypedDict, total=False):
            price: float
        Other = TypedDict("Other", {"price": float, "two words": int})
        got = (Level(price=1.0), Other(price=2.0))
        """,
        """
        import numpy as np
        line = np.empty(3)
        line[:] = 1.0
        got = (line.tolist(), np.empty((2, 2), dtype=int).shape, np.empty(2, dtype=object).tolist(),
               np.empty_like([1, 2.5]).dtype.name, np.empty_like(line, shape=(4,)).shape)
        """,
        """
        import json
        from datetime import date
        import numpy as np
        from numpy.lib.stride_tricks import sliding_window_view
        np.seterr(all="ignore")
        np.set_printoptions(precision=3)
        got = (sliding_window_view(np.arange(5), 3).sum(axis=1).tolist(),
               np.lib.stride_tricks.sliding_window_view([1, 2], 2).tolist(),
               json.dumps({"day": date(2024, 1, 2)}, default=str, separators=(",", ":")),
               str(np.datetime64("2024-01-31") + np.timedelta64(1, "D")),
               np.apply_along_axis(max, 0, np.eye(2)).tolist())
        """,
        """
        import numpy as np
        import numpy.typing as npt
        from numpy.typing import ArrayLike, NDArray
        def mean(values: NDArray[np.float64], weights: "npt.ArrayLike" = None) -> np.ndarray[float]:
            return np.mean(values)
        got = mean(np.arange(3.0))
        """,
        """
        import warnings
        warnings.filterwarnings("ignore", category=FutureWarning)
        got = []
        for error in (ConnectionError, FileNotFoundError, PermissionError, IOError, SystemError):
            try: raise error("x")
            except (OSError, SystemError) as caught: got.append(str(caught))
        try: import no_such_module
        except ModuleNotFoundError as missing: got.append(type(missing).__name__)
        """,
        """
        from functools import cached_property
        class Once:
            calls = 0
            @cached_property
            def value(self):
                self.calls += 1
                return 5
        once = Once()
        got = (once.value, once.value, once.calls)
        """,
    ],
)
def test_ordinary_use_gives_what_plain_python_gives(source: str) -> None:
    assert result_of(source) == plain_result_of(source)


def test_empty_arrays_hold_zeros() -> None:
    source = """
    import numpy as np
    junk = [np.ones(count) for count in range(200)]
    del junk
    got = [np.empty(count).any() for count in range(200)]
    got += [np.empty_like(np.ones(count)).any() for count in range(200)]
    """

    assert not any(result_of(source))


def test_statistics_draws_from_the_run_s_seed_too() -> None:
    source = """
    from statistics import NormalDist
    got = NormalDist().samples(3)
    """

    assert result_of(source) == result_of(source)


def test_a_dataclass_names_the_field_that_it_cannot_have() -> None:
    source = """
    from dataclasses import dataclass
    from datetime import datetime
    @dataclass(init=False)
    class Stamp(datetime):
        now: object
    got = None
    """

    with pytest.raises(TypeError, match=r"'now': 'datetime' has it already"):
        result_of(source)


def test_in_place_changes_of_guarded_names_say_what_to_write() -> None:
    source = "def owner(): pass\nowner().base += 1"
    problem = compile_source(source, LIBRARY.offered).problems[0]

    assert (problem.code, problem.line) == ("attribute-refused", 2)
    assert problem.hint == "Put the object into a variable first, then change its 'base'."
