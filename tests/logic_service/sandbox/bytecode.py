"""What compiled code may hold: a second opinion on the policy, read from the bytecode."""

import dis
import types
from collections.abc import Iterator

from logic_service.sandbox.policy import names

_READS = {"LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR", "LOAD_SUPER_METHOD"}
_WRITES = {"STORE_ATTR", "DELETE_ATTR"}
_NAMES = {"STORE_NAME", "STORE_GLOBAL", "STORE_FAST", "STORE_DEREF", "DELETE_NAME"}
_GUARDS = {
    *(names.GUARD_WRITE, names.GUARD_LOAD, names.GUARD_HOOK),
    *(names.TYPE, names.MADE_CLASSES, names.HELD),
}
# What the interpreter's own compiler writes for class bodies and annotations.
_COMPILED = """
__name__ __module__ __qualname__ __annotations__ __classcell__ __class__ __classdict__ __doc__
__static_attributes__ __firstlineno__ __annotate__ __annotate_func__ __conditional_annotations__
__classdictcell__ __type_params__ __orig_bases__ __match_args__ __build_class__
"""
_WRITTEN_BY_COMPILER = frozenset(_COMPILED.split())


def breaches(code: types.CodeType) -> list[str]:
    """Return what code does with names that strategies must not use, code within it included.

    What is imported is decided when it is run, too.
    """
    return [f"{what} {name}" for each in _nested(code) for what, name in _breaches(each)]


def _nested(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _nested(constant)


def _breaches(code: types.CodeType) -> Iterator[tuple[str, str]]:
    before: object = None
    for each in dis.get_instructions(code):
        name = each.argval
        if each.opname in _READS and not _is_plainly_read(name):
            yield "reads", name
        elif each.opname in _WRITES and not _may_be_written(name):
            yield "writes", name
        elif each.opname == "MATCH_CLASS" and isinstance(before, tuple):
            yield from (("matches", part) for part in before if not _is_plainly_read(part))
        elif each.opname in _NAMES and not _may_be_bound(name):
            yield "binds", name
        elif each.opname.startswith(("LOAD_NAME", "LOAD_GLOBAL")) and not _may_be_named(name):
            yield "names", name
        before = each.argval


def _is_plainly_read(name: str) -> bool:
    readable = names.is_readable_attribute(name) or _is_private(name)
    return readable and name not in names.GUARDED_ATTRIBUTES


def _is_private(name: str) -> bool:
    """Tell whether this is ``__name_`` in a class ``Kind``: ``_Kind__name_``, as of no other."""
    return name.startswith("_") and "__" in name[1:] and not names.is_dunder(name)


def _may_be_written(name: str) -> bool:
    return names.is_writable_attribute(name) or _is_private(name)


def _may_be_bound(name: str) -> bool:
    definable = names.is_definable_member(name) or names.is_bindable_name(name)
    return definable or name in _WRITTEN_BY_COMPILER or _is_private(name)


def _may_be_named(name: str) -> bool:
    own = names.MAGIC_METHODS | names.CLASS_CONSTANTS  # within a class body: what it has defined
    readable = names.READABLE_DUNDER_NAMES | own | _WRITTEN_BY_COMPILER | _GUARDS
    return not names.is_dunder(name) or name in readable
