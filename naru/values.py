"""Numbers as results carry them: a whole column, whose JSON is written once."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, overload

import numpy as np
import orjson
from numpy.typing import NDArray


class Values(Sequence[float]):
    """The numbers of an array. Their JSON goes into a result's hash and into its file as well."""

    def __init__(self, values: NDArray[np.float64]) -> None:
        self._values = values

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[float]:
        return iter(self[:])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self._values, dtype=dtype, copy=copy)

    @overload
    def __getitem__(self, place: int) -> float: ...
    @overload
    def __getitem__(self, place: slice) -> list[float]: ...
    def __getitem__(self, place: int | slice) -> float | list[float]:
        found: float | list[float] = self._values[place].tolist()
        return found

    @cached_property
    def json(self) -> memoryview:
        """All of them as a JSON array."""
        return memoryview(orjson.dumps(self._values, option=orjson.OPT_SERIALIZE_NUMPY))
