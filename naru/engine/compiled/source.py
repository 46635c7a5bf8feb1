"""The syntax tree of a strategy's ``on_bar``, and what may change behind its back."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache
from types import FunctionType

from naru.series import is_reserved

# The compiler leaves the source under this name, which no source text can spell.
SOURCE = "naru:source"
_MOST_CHARACTERS = 50_000
_BEFORE_BARS = ("init", "__init__")
# With these, attributes and variables change without their names being written down.
_UNSEEN_FUNCTIONS = ("setattr", "delattr", "vars", "globals", "locals", "exec", "eval")
_UNSEEN_ATTRIBUTES = ("__dict__", "__setattr__", "__delattr__", "__globals__")


@dataclass(frozen=True, slots=True)
class Body:
    """What ``on_bar`` says.

    owner       what it calls its ``self``
    statements  its lines
    local       the names of its variables
    changing    names of attributes and globals that anything but ``init`` may assign
    scope       its globals
    """

    owner: str
    statements: list[ast.stmt]
    local: frozenset[str]
    changing: frozenset[str]
    scope: dict[str, object]


def body_of(function: object) -> Body | None:
    """Return a method's body; None where its source is not at hand or tells too little."""
    if type(function) is not FunctionType or function.__closure__ or function.__defaults__:
        return None
    text = function.__globals__.get(SOURCE)
    code = function.__code__
    if type(text) is not str or len(text) > _MOST_CHARACTERS or code.co_argcount != 1:
        return None
    scan = _scanned(text, code.co_name, code.co_firstlineno)
    if scan.unseen or len(scan.found) != 1:
        return None
    node = scan.found[0]
    arguments = node.args
    if node.decorator_list or arguments.vararg or arguments.kwarg or arguments.kwonlyargs:
        return None
    return Body(
        code.co_varnames[0], node.body, frozenset(code.co_varnames), frozenset(scan.changing),
        function.__globals__,
    )  # fmt: skip


def read_ahead(text: str) -> None:
    """Read the source of a run that is about to begin, as ``body_of`` will."""
    if len(text) <= _MOST_CHARACTERS:
        for node in ast.walk(_tree(text)):
            if isinstance(node, ast.FunctionDef) and node.name == "on_bar":
                _scanned(text, node.name, node.lineno)


@lru_cache(maxsize=1)
def _tree(text: str) -> ast.Module:
    return ast.parse(text)


@lru_cache(maxsize=1)
def _scanned(text: str, name: str, line: int) -> _Scan:
    scan = _Scan(name, line)
    scan.through(_tree(text), late=False)
    return scan


class _Scan:
    """One way through a module's syntax tree.

    found     the functions of the wanted name that begin on the wanted line
    changing  what is assigned once bars pass: by all but ``init`` and the module's own lines
    unseen    whether something may change that is not named
    """

    def __init__(self, name: str, line: int) -> None:
        self.found: list[ast.FunctionDef] = []
        self.changing: set[str] = set()
        self.unseen = False
        self._name = name
        self._line = line

    def through(self, node: ast.AST, *, late: bool) -> None:
        """Look at everything below a node; ``late`` tells whether it runs once bars pass."""
        in_class = isinstance(node, ast.ClassDef)
        for name in node._fields:
            part = getattr(node, name, None)
            for each in part if isinstance(part, list) else (part,):
                if isinstance(each, ast.AST):
                    self._look(each, late=late, in_class=in_class)

    def _look(self, node: ast.AST, *, late: bool, in_class: bool) -> None:
        match node:
            case ast.FunctionDef(name=name):
                if name == self._name and node.lineno == self._line:
                    self.found.append(node)
                late = late or not (in_class and name in _BEFORE_BARS)
            case ast.Lambda():
                late = True
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                self.changing.update(names)
            case ast.Name(id=name):
                self.unseen |= name in _UNSEEN_FUNCTIONS
                return
            case ast.Attribute(attr=name, ctx=context):
                self.unseen |= name in _UNSEEN_ATTRIBUTES or is_reserved(name)
                if late:
                    self.unseen |= name in _BEFORE_BARS  # init, called again
                    if not isinstance(context, ast.Load):
                        self.changing.add(name)
        self.through(node, late=late)
