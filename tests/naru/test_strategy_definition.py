"""Finding the one strategy of a module, and its parameters as JSON Schema."""

import subprocess
import sys

import pytest

from naru import ParamError, Strategy, StrategyDefinitionError, param, vector
from naru.engine.spec import load_strategy
from naru.params import check_params


class Base(Strategy):
    """A base that others derive from."""

    fast = param(20, low=2, high=200)


class Leaf(Base):
    """The one.

    With more to say.
    """

    ratio = param(0.5, low=0, high=1, step=0.25, doc="How much.")
    mode = param("calm", choices=["calm", "wild"])
    short = param(False)


@vector(fast=5, slow=param(20, low=10))
def both(data, fast, slow):
    """A function."""


def test_the_leaf_of_a_family_is_the_strategy() -> None:
    spec = load_strategy({"Strategy": Strategy, "Base": Base, "Leaf": Leaf, "x": 5})

    assert (spec.name, spec.style, spec.doc) == ("Leaf", "event", "The one.\n\nWith more to say.")
    assert spec.params_schema() == {
        "type": "object",
        "properties": {
            "fast": {"type": "integer", "default": 20, "minimum": 2, "maximum": 200},
            "ratio": {
                "type": "number", "default": 0.5, "minimum": 0, "maximum": 1, "multipleOf": 0.25,
                "description": "How much.",
            },
            "mode": {"type": "string", "default": "calm", "enum": ["calm", "wild"]},
            "short": {"type": "boolean", "default": False},
        },
        "additionalProperties": False,
    }  # fmt: skip


def test_a_function_without_parameters_is_marked_without_parentheses() -> None:
    @vector
    def plain(data):
        """Alone."""

    spec = load_strategy({"plain": plain})

    assert (spec.name, spec.style, spec.doc) == ("plain", "vector", "Alone.")
    assert spec.coerce_params({}) == {}


def test_a_marked_function_is_a_strategy() -> None:
    spec = load_strategy({"both": both, "vector": vector})

    assert (spec.name, spec.style, spec.doc) == ("both", "vector", "A function.")
    assert spec.coerce_params({"slow": 30}) == {"fast": 5, "slow": 30}


def test_two_names_of_one_strategy_are_one() -> None:
    assert load_strategy({"a": Leaf, "b": Leaf}).target is Leaf


@pytest.mark.parametrize(
    ("namespace", "message"),
    [
        ({"Strategy": Strategy}, "defines no strategy"),
        ({"Leaf": Leaf, "both": both}, "more than one strategy: Leaf, both"),
    ],
)
def test_none_or_several_are_refused(namespace: dict[str, object], message: str) -> None:
    with pytest.raises(StrategyDefinitionError, match=message):
        load_strategy(namespace)


def test_next_without_on_bar_is_told_from_a_strategy_that_does_nothing():
    class Ported(Strategy):
        def next(self):
            self.buy(1)

    with pytest.raises(StrategyDefinitionError, match=r"naru\.compat\.backtesting"):
        load_strategy({"Ported": Ported})


@pytest.mark.parametrize("name", ["on_bars", "onBar", "On_Bar"])
def test_a_misspelt_on_bar_is_told_from_a_strategy_that_does_nothing(name: str) -> None:
    body = {name: lambda self: self.buy(1), "__module__": "strategy"}
    silent = type("Silent", (Strategy,), body)
    both = type("Both", (Strategy,), {**body, "on_bar": lambda self: None})

    with pytest.raises(StrategyDefinitionError, match=rf"has {name}\(\) and no on_bar\(\)"):
        load_strategy({"silent": silent})
    assert load_strategy({"both": both}).name == "Both"


def test_a_parameter_cannot_take_the_kits_names() -> None:
    taken = type("Taken", (Strategy,), {"equity": param(5), "__module__": "strategy"})

    with pytest.raises(StrategyDefinitionError, match="'equity'"):
        load_strategy({"taken": taken})


@pytest.mark.parametrize(
    "declare",
    [
        lambda: param([1]),
        lambda: param(5, low=6),
        lambda: param("x", low=1),
        lambda: param("x", choices=["y"]),
        lambda: param(1 << 63),
        lambda: param(1, low=-(1 << 64)),
        lambda: param("a\0b"),
        lambda: param("x", choices=["x", "\ud800"]),
        lambda: param(1, doc="\ud800"),
        lambda: param(1, choices=range(5_000)),
        lambda: vector(fast=None),
        lambda: vector(10),
        lambda: vector(Strategy),
    ],
)
def test_declarations_that_contradict_themselves_are_refused(declare) -> None:
    with pytest.raises(StrategyDefinitionError):
        declare()


SCHEMA = load_strategy({"Leaf": Leaf}).params_schema()


def test_texts_are_read_as_what_the_parameter_is() -> None:
    values = {"fast": "30", "ratio": "0.25", "mode": "wild", "short": "true"}

    assert check_params(SCHEMA, values) == {
        "fast": 30, "ratio": 0.25, "mode": "wild", "short": True
    }  # fmt: skip
    assert check_params(SCHEMA, {"ratio": 1}) == {
        "fast": 20, "ratio": 1.0, "mode": "calm", "short": False
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fastt", 1), ("fast", 1), ("fast", 201), ("fast", 2.5), ("fast", "x"), ("fast", True),
        ("fast", None), ("ratio", float("nan")), ("ratio", "inf"), ("mode", "loud"), ("mode", 5),
        ("short", 1), ("short", "perhaps"),
    ],
)  # fmt: skip
def test_values_outside_the_schema_are_named(name: str, value: object) -> None:
    with pytest.raises(ParamError) as caught:
        check_params(SCHEMA, {name: value})

    assert caught.value.field == name


def test_the_kits_names_are_not_hidden_by_its_modules() -> None:
    script = "import naru.engine.run, naru; assert callable(naru.vector) and callable(naru.param)"

    subprocess.run([sys.executable, "-c", script], check=True)
