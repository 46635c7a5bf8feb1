"""Which names a strategy may read, write and define."""

from __future__ import annotations

from naru.series import is_reserved

STRATEGY_MODULE = "strategy"
STRATEGY_FILE = "<strategy>"

# Guards are called by names that no source text can spell, so none can be rebound.
GUARD_WRITE = "naru:write"
GUARD_LOAD = "naru:load"
GUARD_HOOK = "naru:hook"
GUARD_OWN = "naru:own"
TYPE = "naru:type"
MADE_CLASSES = "naru:made"
HELD = "naru:held"

_OPERATORS = """
add sub mul truediv floordiv mod divmod pow lshift rshift and or xor matmul
"""
_METHODS = """
init new repr str bytes format bool hash len length_hint contains eq ne lt le gt ge call enter exit
iter next reversed getitem setitem delitem missing getattr setattr delattr get set delete set_name
init_subclass class_getitem post_init neg pos abs invert int float complex index round trunc floor
ceil copy deepcopy
"""
MAGIC_METHODS = frozenset(
    f"__{prefix}{name}__"
    for prefix, names in (("", _METHODS), ("", _OPERATORS), ("r", _OPERATORS), ("i", _OPERATORS))
    for name in names.split()
)
CLASS_CONSTANTS = frozenset({"__slots__", "__hash__", "__doc__"})
_MODULE_FACTS = """
all author authors contact copyright credits date email license maintainer status version
"""
MODULE_CONSTANTS = frozenset(f"__{name}__" for name in _MODULE_FACTS.split())
READABLE_DUNDER_NAMES = frozenset({"__name__", "__doc__"}) | MODULE_CONSTANTS
HOOKS = frozenset({"__getattr__", "__setattr__", "__delattr__"})
# Of an object it makes the alias of a class that may not be held; ``list[int]`` needs no name.
_ALIASING = {"__class_getitem__"}
READABLE_DUNDER_ATTRIBUTES = (MAGIC_METHODS - HOOKS - _ALIASING) | {
    "__class__",
    "__doc__",
    "__name__",
    "__qualname__",
}

# Attributes that lead from an ordinary object to frames, code, globals or the type tree.
_WALKING = """
tb_frame tb_next tb_lasti tb_lineno
f_back f_builtins f_code f_globals f_locals f_trace f_generator f_lasti
gi_code gi_frame gi_yieldfrom cr_await cr_code cr_frame cr_origin ag_await ag_code ag_frame
co_code co_consts co_names co_replace func_globals func_code func_closure im_func im_self im_class
mro with_traceback ctypes tofile setflags bit_generator getfield setfield newbyteorder
from_file no_cache _dump_registry
"""
WALKING_ATTRIBUTES = frozenset(_WALKING.split())

# Ordinary names that are refused on some types only; decided when they are read.
_GUARDED = """
__class__ __hash__ format format_map base dump dumps fields flags register resize view now utcnow
today evaluate
"""
GUARDED_ATTRIBUTES = frozenset(_GUARDED.split())


# The kit's own attributes have one underscore at both ends, as enum's do; these are enum's.
_ENUM_READS = frozenset({"_name_", "_value_"})
_ENUM_DEFINITIONS = frozenset({"_generate_next_value_", "_ignore_", "_missing_", "_order_"})


# What named tuples call so because their fields come first.
_OF_NAMED_TUPLES = frozenset({"_asdict", "_field_defaults", "_fields", "_make", "_replace"})


def is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__") and len(name) > 4


def is_readable_attribute(name: str) -> bool:
    """Say whether ``x.name`` may be read, whatever ``x`` is."""
    if is_dunder(name):
        return name in READABLE_DUNDER_ATTRIBUTES
    if is_reserved(name):
        return name in _ENUM_READS
    return name not in WALKING_ATTRIBUTES


def is_private(name: str) -> bool:
    """Say whether an attribute is its owner's affair: read from the strategy's own objects only.

    Libraries keep their unguarded halves under such names, ``eval`` behind ``_evaluate`` for one.
    """
    is_marked = name.startswith("_") and name not in _OF_NAMED_TUPLES
    return is_marked and not is_dunder(name) and not is_reserved(name)


def is_writable_attribute(name: str) -> bool:
    """Say whether ``x.name`` may be assigned or deleted, where ``x`` may be written at all."""
    return not is_dunder(name) and not is_reserved(name) and name not in WALKING_ATTRIBUTES


def is_bindable_name(name: str) -> bool:
    """Say whether a variable, argument, function or class may be called this."""
    return not is_dunder(name) or name in MODULE_CONSTANTS


def is_definable_member(name: str) -> bool:
    """Say whether a class body may define this."""
    if is_dunder(name):
        return name in MAGIC_METHODS or name in CLASS_CONSTANTS
    if is_reserved(name):
        return name in _ENUM_DEFINITIONS
    return name not in WALKING_ATTRIBUTES  # a dataclass would make patterns that read them
