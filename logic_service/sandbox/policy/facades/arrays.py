"""The facade of numpy: pure functions of arrays, without files, raw memory or lazy imports."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.fft
import numpy.linalg

from logic_service.sandbox.policy.classes import stand_in
from logic_service.sandbox.policy.facades.frozen import Facade, pick

_FUNCTIONS = """
abs absolute add all allclose amax amin any append arange arccos arccosh arcsin arcsinh arctan
arctan2 arctanh argmax argmin argpartition argsort argwhere around array array_equal array_split
asarray ascontiguousarray atleast_1d atleast_2d average bincount bitwise_and bitwise_not
bitwise_or bitwise_xor broadcast_arrays cbrt ceil choose clip column_stack compress concatenate
convolve copy copysign corrcoef correlate cos cosh count_nonzero cov cross cumprod cumsum deg2rad
degrees diag diagonal diff digitize divide divmod dot dstack ediff1d equal exp
exp2 expand_dims expm1 extract eye fabs fix flatnonzero flip fliplr flipud floor floor_divide fmax
fmin fmod full full_like geomspace gradient greater greater_equal heaviside histogram hsplit
hstack hypot identity indices inner insert interp intersect1d invert isclose isfinite isin isinf
isnan isneginf isposinf isscalar kron less less_equal lexsort linspace log log10 log1p log2
logaddexp logical_and logical_not logical_or logical_xor logspace matmul max maximum mean median
meshgrid min minimum mod moveaxis multiply nan_to_num nanargmax nanargmin nancumprod nancumsum
nanmax nanmean nanmedian nanmin nanpercentile nanprod nanquantile nanstd nansum nanvar ndim
negative nonzero not_equal ones ones_like outer partition percentile place poly1d polyfit polyval
positive power prod ptp putmask quantile rad2deg radians ravel reciprocal remainder repeat reshape
rint roll rollaxis roots rot90 round searchsorted select setdiff1d setxor1d shape sign signbit sin
sinc sinh size sort split sqrt square squeeze stack std subtract sum swapaxes take tan tanh
tensordot tile trace transpose tri tril triu true_divide trunc union1d unique unwrap vander var
vdot vectorize vsplit vstack where zeros zeros_like errstate trapezoid
apply_along_axis isreal iscomplex tril_indices triu_indices apply_over_axes broadcast_to einsum
finfo fromfunction fromiter iinfo ix_ logical_xor ndenumerate piecewise polyadd polyder polyint
polymul put_along_axis take_along_axis unravel_index hanning hamming blackman bartlett kaiser
modf histogram2d array2string
"""
_TYPES = """bool_ int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64
complex128 integer floating number intp int_ double datetime64 timedelta64"""
_FFT = "fft fftfreq fftshift ifft ifftshift irfft rfft rfftfreq"
_CONSTANTS = "e euler_gamma inf nan newaxis pi"
_LINALG = """LinAlgError cholesky cond det eig eigh eigvals eigvalsh inv lstsq matrix_power
matrix_rank norm pinv qr slogdet solve svd"""


def _empty(shape: Any, dtype: Any = float, order: Any = "C") -> Any:
    """``np.empty`` filled: what memory held before differs from run to run."""
    make = np.empty if np.dtype(dtype).hasobject else np.zeros
    return make(shape, dtype, order)


def _empty_like(prototype: Any, dtype: Any = None, order: Any = "K", *, shape: Any = None) -> Any:
    """``np.empty_like`` filled."""
    prototype = np.asanyarray(prototype)
    make = np.empty_like if np.dtype(dtype or prototype.dtype).hasobject else np.zeros_like
    return make(prototype, dtype, order, shape=shape)


def _sliding_window_view(
    x: Any, window_shape: Any, axis: Any = None, *, subok: object = False, writeable: bool = False
) -> Any:
    """``sliding_window_view`` over sizes that are numbers and nothing else.

    It compares the sizes with the array's in Python and lays the view by their values: a number
    that lies when it is compared would show the memory beyond.
    """
    sizes = np.asarray(window_shape, np.intp).tolist()
    axes = None if axis is None else np.asarray(axis, np.intp).tolist()
    window = np.lib.stride_tricks.sliding_window_view
    return window(np.asarray(x), sizes, axes, writeable=bool(writeable))


def _pad(array: Any, pad_width: Any, mode: Any = "constant", **keywords: Any) -> Any:
    """``np.pad``; what would stay as memory was is filled."""
    return np.pad(array, pad_width, "constant" if mode == "empty" else mode, **keywords)


class _Joined:
    """``np.r_`` and ``np.c_`` of arrays, numbers and slices: a text would name variables."""

    __slots__ = ("_join_",)

    def __init__(self, join: Any) -> None:
        self._join_ = join

    def __getitem__(self, key: Any) -> Any:
        parts = tuple(key) if isinstance(key, tuple) else (key,)
        if any(isinstance(part, str) for part in parts):
            raise TypeError("np.r_ and np.c_ join arrays, numbers and slices, not texts")
        return self._join_[parts]


NDArray = stand_in(np.ndarray, "Make arrays with np.array, np.zeros, np.full or np.empty.")


def _ignore(*_: object, **__: object) -> None:
    """Accept what elsewhere silences warnings or rounds what is printed."""


def numpy_facades(random: Facade) -> dict[str, Facade]:
    """Return ``numpy`` and its public submodules but ``numpy.random``, by module name."""
    linalg = Facade("numpy.linalg", pick(numpy.linalg, _LINALG.split()))
    members = pick(np, f"{_FUNCTIONS} {_TYPES} {_CONSTANTS}".split())
    members |= {"empty": _empty, "empty_like": _empty_like}
    members |= {"pad": _pad, "r_": _Joined(np.r_), "c_": _Joined(np.c_)}
    members |= {"seterr": _ignore, "set_printoptions": _ignore}
    fft = Facade("numpy.fft", pick(numpy.fft, _FFT.split()))
    windows = {"sliding_window_view": _sliding_window_view}
    tricks = Facade("numpy.lib.stride_tricks", windows)
    lib = Facade("numpy.lib", {"stride_tricks": tricks})
    kinds = {"NDArray": NDArray, "ArrayLike": Any, "DTypeLike": Any}
    typing = Facade("numpy.typing", kinds)
    members |= {
        "fft": fft,
        "linalg": linalg,
        "random": random,
        "ndarray": NDArray,
        "lib": lib,
        "typing": typing,
    }
    facades = [Facade("numpy", members), fft, linalg, lib, tricks, typing]
    return {facade.__name__: facade for facade in facades}
