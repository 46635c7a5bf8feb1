"""Questions about the names in a syntax tree."""

from __future__ import annotations

import ast
import copy

from logic_service.sandbox.policy import names

_IMPORT_ERRORS = {"ImportError", "ModuleNotFoundError", "Exception"}


def argument_names(arguments: ast.arguments) -> frozenset[str]:
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [argument for argument in (arguments.vararg, arguments.kwarg) if argument]
    return frozenset(argument.arg for argument in every)


def bound_names(tree: ast.Module) -> set[str]:
    """Return every name the source binds other than as an argument."""
    bound: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                bound.add(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                bound.add(name)
            case ast.alias(name=name, asname=asname):
                bound.add(asname or name.partition(".")[0])
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                bound.add(name)
            case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                bound.add(name)
            case ast.Global(names=several) | ast.Nonlocal(names=several):
                bound.update(several)
    return bound


def assigned_names(statement: ast.stmt) -> list[ast.Name]:
    """Return the names that an assignment gives values to; a bare annotation gives none."""
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        targets = [statement.target]
    every = [node for target in targets for node in ast.walk(target)]
    return [it for it in every if isinstance(it, ast.Name) and isinstance(it.ctx, ast.Store)]


def catches_imports(handler: ast.ExceptHandler) -> bool:
    """Say whether an ``except`` is for imports that fail."""
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return handler.type is None or any(
        isinstance(it, ast.Name) and it.id in _IMPORT_ERRORS for it in caught
    )


def is_type_checking(test: ast.expr) -> bool:
    """Say whether an ``if`` is for type checkers only."""
    return (test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")) == (
        "TYPE_CHECKING"
    )


def is_main_guard(test: ast.expr) -> bool:
    """Say whether an ``if`` asks for ``"__main__"``: a strategy is a module, and the answer no."""
    match test:
        case ast.Compare(
            left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant("__main__")]
        ):
            return True
        case ast.Compare(
            left=ast.Constant("__main__"), ops=[ast.Eq()], comparators=[ast.Name(id="__name__")]
        ):
            return True
    return False


def is_plain_match_args(statement: ast.stmt) -> bool:
    """``__match_args__`` names attributes that patterns read: only literal, only readable."""
    match statement:
        case ast.Assign(targets=[ast.Name(id="__match_args__")], value=ast.Tuple(elts=elements)):
            return all(
                isinstance(element, ast.Constant)
                and isinstance(element.value, str)
                and names.is_readable_attribute(element.value)
                and element.value not in names.GUARDED_ATTRIBUTES
                and not names.is_private(element.value)
                for element in elements
            )
    return False


def is_chain(node: ast.expr) -> bool:
    """Say whether an expression is ``a`` or ``a.b.c``: evaluated twice, it is the same."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def in_three_steps(node: ast.AugAssign, target: ast.Attribute) -> list[ast.stmt]:
    """Return ``held = x.a``, ``held += value``, ``x.a = held``."""
    owner = copy.deepcopy(target.value)
    steps: list[ast.stmt] = [
        ast.Assign(
            [ast.Name(names.HELD, ast.Store())], ast.Attribute(owner, target.attr, ast.Load())
        ),
        ast.AugAssign(ast.Name(names.HELD, ast.Store()), node.op, node.value),
        ast.Assign([target], ast.Name(names.HELD, ast.Load())),
    ]
    return [ast.fix_missing_locations(ast.copy_location(step, node)) for step in steps]
