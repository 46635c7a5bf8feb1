"""``random`` and ``numpy.random``, started from the run's seed and from nothing else."""

from __future__ import annotations

import itertools
import random
from typing import Any, NoReturn, Self

import numpy as np

from logic_service.sandbox.policy.facades.frozen import Facade

_RANDOM = """betavariate choice choices expovariate gammavariate gauss getrandbits lognormvariate
normalvariate paretovariate randbytes randint random randrange sample shuffle triangular uniform
vonmisesvariate weibullvariate"""
_GENERATOR = """beta binomial chisquare choice exponential gamma geometric integers laplace
logistic lognormal multivariate_normal normal pareto permutation permuted poisson random rayleigh
shuffle standard_normal standard_t triangular uniform weibull"""
_LEGACY = """beta binomial choice exponential gamma laplace lognormal normal permutation poisson
rand randint randn random random_sample shuffle standard_normal uniform"""


class _Source:
    """The shared generators of one process and the seed of its one run."""

    def __init__(self) -> None:
        self.plain = random.Random(0)  # noqa: S311 - reproducible on purpose
        self.legacy = np.random.RandomState(np.random.MT19937(np.random.SeedSequence(0)))
        self.start(0)

    def start(self, seed: int) -> None:
        self.seed = seed
        self._serials = itertools.count(1)
        self.plain.seed(seed)
        random.seed(seed)  # the hidden generator, which ``statistics`` draws from
        self.legacy.seed(seed % (1 << 32))

    def next_seed(self) -> int:
        """Return the seed of the next generator that was made without one."""
        return (self.seed << 32) + next(self._serials)


_source = _Source()


def start(seed: int) -> None:
    """Begin the run's random numbers."""
    _source.start(seed)


class Random(random.Random):
    """A generator of the strategy's own; made without a seed, it takes the run's next."""

    def __new__(cls, *_: object) -> Self:
        # Without an argument it would ask the system for chance, which the wall refuses.
        return super().__new__(cls, 0)  # type: ignore[call-arg]  # typeshed knows object's only

    def __init__(self, x: int | float | str | bytes | None = None) -> None:
        super().__init__(_source.next_seed() if x is None else x)

    def seed(self, a: Any = None, version: int = 2) -> None:
        """Start anew, from the run's next seed when none is given."""
        super().seed(_source.next_seed() if a is None else a, version)


class Generator:
    """The methods of numpy's Generator; its bit generator is not reachable."""

    __slots__ = tuple(_GENERATOR.split())

    def __init__(self, source: np.random.Generator) -> None:
        if type(source) is not np.random.Generator:
            raise TypeError("write np.random.default_rng(seed) to make a generator")
        for name in Generator.__slots__:
            object.__setattr__(self, name, getattr(source, name))

    def __init_subclass__(cls, **_: object) -> NoReturn:
        raise TypeError("Generator cannot be a base class: keep one as an attribute")


class RandomState:
    """The methods of numpy's RandomState; its bit generator is not reachable."""

    __slots__ = tuple(_LEGACY.split())

    def __init__(self, seed: Any = None) -> None:
        chosen = _source.next_seed() % (1 << 32) if seed is None else seed
        source = np.random.RandomState(np.random.MT19937(np.random.SeedSequence(0)))
        source.seed(chosen)
        for name in RandomState.__slots__:
            object.__setattr__(self, name, getattr(source, name))

    def __init_subclass__(cls, **_: object) -> NoReturn:
        raise TypeError("RandomState cannot be a base class: keep one as an attribute")


def _default_rng(seed: Any = None) -> Generator:
    """Return a generator; without a seed, the next one of the run."""
    return Generator(np.random.default_rng(_source.next_seed() if seed is None else seed))


def _seed_plain(a: int | float | str | bytes | None = None) -> None:
    _source.plain.seed(_source.seed if a is None else a)


def _seed_legacy(seed: int | None = None) -> None:
    _source.legacy.seed(_source.seed % (1 << 32) if seed is None else seed)


def chance_facades() -> dict[str, Facade]:
    """Return ``random`` and ``numpy.random``, by module name."""
    plain = {name: getattr(_source.plain, name) for name in _RANDOM.split()}
    legacy = {name: getattr(_source.legacy, name) for name in _LEGACY.split()}
    return {
        "random": Facade("random", {**plain, "Random": Random, "seed": _seed_plain}),
        "numpy.random": Facade(
            "numpy.random",
            {
                **legacy,
                "Generator": Generator,
                "RandomState": RandomState,
                "default_rng": _default_rng,
                "seed": _seed_legacy,
            },
        ),
    }
