"""The RestrictedPython transformer that decides what source may say.

Attribute names written in the source are decided here, once, so that reading attributes,
items and iterators costs nothing at run time. What stays guarded: writing to attributes of
anything but a method's own ``self``, private names of anything else, and a handful of names
that are dangerous on some types only.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable
from typing import Any

from RestrictedPython.transformer import RestrictingNodeTransformer, copy_locations

from logic_service.sandbox.policy import hints, names, scopes
from logic_service.sandbox.policy.lineage import Lineage
from logic_service.sandbox.types import Problem

ImportedNames = Callable[[str], frozenset[str] | None]

_LEAVES = (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)
_PLAIN_KINDS = """
Module Expr Assign AnnAssign Delete For While With Raise Assert Pass Break Continue
Return BoolOp BinOp UnaryOp IfExp Dict Set ListComp SetComp DictComp GeneratorExp Yield
YieldFrom Compare Call FormattedValue JoinedStr Constant Starred List Tuple Slice
NamedExpr comprehension arguments withitem match_case Match MatchValue MatchSingleton
MatchSequence MatchOr TypeIgnore
"""
_NOT_OFFERED = "It belongs to the interpreter or to memory, not to the strategy API."
_PLAIN = frozenset(_PLAIN_KINDS.split())


class StrategyPolicy(RestrictingNodeTransformer):
    """Refuse or rewrite each kind of syntax; unknown kinds are refused.

    imported_names  the names a module offers to strategies, None for an unknown module
    """

    def __init__(self, imported_names: ImportedNames) -> None:
        super().__init__()
        self.problems: list[Problem] = []
        self._imported_names = imported_names
        self._bound: set[str] = set()
        self._missing_builtins: list[ast.Name] = []
        self._arguments: frozenset[str] = frozenset()
        self._own_names: frozenset[str] = frozenset()
        self._touched_names: set[str] = set()
        self._in_class = False
        self._lineage = Lineage()
        self._in_strategy = False
        self._may_miss = False  # within what expects that an import fails, or is never run

    def apply(self, tree: ast.Module) -> ast.Module:
        """Rewrite the tree in place; ``problems`` says what was refused."""
        self._bound = scopes.bound_names(tree)
        self.visit(tree)
        for node in self._missing_builtins:
            if node.id not in self._bound:
                self._refuse(
                    node,
                    "builtin-refused",
                    f"'{node.id}' is not available.",
                    hints.BUILTINS[node.id],
                )
        self.problems.sort(key=lambda problem: (problem.line or 0, problem.column or 0))
        return tree

    def visit(self, node: ast.AST) -> Any:
        kind = node.__class__.__name__
        if kind in _PLAIN:
            return self.node_contents_visit(node)
        decide = _DECISIONS.get(kind)
        return self.not_allowed(node) if decide is None else decide(self, node)

    def node_contents_visit(self, node: Any) -> Any:
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, list):
                for index, item in enumerate(value):
                    if isinstance(item, ast.AST) and not isinstance(item, _LEAVES):
                        value[index] = self.visit(item)
            elif isinstance(value, ast.AST) and not isinstance(value, _LEAVES):
                setattr(node, field, self.visit(value))
        return node

    def not_allowed(self, node: ast.AST) -> None:
        kind = node.__class__.__name__
        what, hint = hints.SYNTAX.get(kind, (f"'{kind}' syntax", None))
        self._refuse(node, "syntax-refused", f"{what} cannot be used in strategies.", hint)

    def _refuse(self, node: ast.AST, code: str, message: str, hint: str | None = None) -> None:
        line, column = getattr(node, "lineno", None), getattr(node, "col_offset", None)
        self.problems.append(
            Problem(code, message, line, None if column is None else column + 1, hint)
        )

    # Names

    def decide_name(self, node: ast.Name) -> Any:
        if isinstance(node.ctx, ast.Load):
            if node.id in hints.BUILTINS and node.id not in self._arguments:
                self._missing_builtins.append(node)
            elif names.is_dunder(node.id) and node.id not in self._readable_names():
                self._refuse_name(node, node.id)
        else:
            self._check_binding(node, node.id)
        return node

    def _readable_names(self) -> frozenset[str]:
        if self._in_class:
            return names.READABLE_DUNDER_NAMES | names.MAGIC_METHODS
        return names.READABLE_DUNDER_NAMES

    def _check_binding(self, node: ast.AST, name: str | None) -> None:
        is_member = self._in_class and isinstance(node, ast.Name | ast.FunctionDef)
        if is_member and name in names.HOOKS and not isinstance(node, ast.FunctionDef):
            self._refuse(node, "name-refused", f"'{name}' is not assigned.", "Write 'def'.")
            return
        is_allowed = names.is_definable_member if is_member else names.is_bindable_name
        if name is not None and not is_allowed(name):
            self._refuse_name(node, name)

    def _refuse_name(self, node: ast.AST, name: str) -> None:
        self._refuse(
            node,
            "name-refused",
            f"The name '{name}' is reserved.",
            "Names with underscores on both sides belong to Python and to the kit.",
        )

    def decide_global(self, node: ast.Global) -> Any:
        for name in node.names:
            self._check_binding(node, name)
        return node

    def decide_nonlocal(self, node: ast.Nonlocal) -> Any:
        for name in node.names:
            self._check_binding(node, name)
        return node

    def decide_arg(self, node: ast.arg) -> Any:
        self._check_binding(node, node.arg)
        return self.node_contents_visit(node)

    def decide_keyword(self, node: ast.keyword) -> Any:
        return self.node_contents_visit(node)

    def decide_except_handler(self, node: ast.ExceptHandler) -> Any:
        self._check_binding(node, node.name)
        return self.node_contents_visit(node)

    def decide_match_as(self, node: ast.MatchAs) -> Any:
        self._check_binding(node, node.name)
        return self.node_contents_visit(node)

    def decide_match_star(self, node: ast.MatchStar) -> Any:
        self._check_binding(node, node.name)
        return node

    def decide_match_mapping(self, node: ast.MatchMapping) -> Any:
        self._check_binding(node, node.rest)
        return self.node_contents_visit(node)

    def decide_match_class(self, node: ast.MatchClass) -> Any:
        for name in node.kwd_attrs:  # each is an attribute read in disguise
            is_guarded = name in names.GUARDED_ATTRIBUTES or names.is_private(name)
            if is_guarded or not names.is_readable_attribute(name):
                self._refuse_attribute(node, name)
        return self.node_contents_visit(node)

    # Attributes

    def decide_attribute(self, node: ast.Attribute) -> Any:
        if isinstance(node.ctx, ast.Load):
            return self._visit_load(node)
        if not names.is_writable_attribute(node.attr):
            self._refuse_attribute(node, node.attr)
        if self._is_own(node.value):
            self._check_kept(node, node.attr)
            node.value = self.visit(node.value)
        else:
            node.value = _call(names.GUARD_WRITE, [self.visit(node.value)], node)
        return node

    def decide_subscript(self, node: ast.Subscript) -> Any:
        owner, is_written = node.value, not isinstance(node.ctx, ast.Load)
        if is_written and isinstance(owner, ast.Attribute) and self._is_own(owner.value):
            self._check_kept(node, owner.attr)
        return self.node_contents_visit(node)

    def _check_kept(self, node: ast.AST, name: str) -> None:
        """Refuse to change what the kit keeps on a strategy: nothing would come of it."""
        if self._in_strategy and name in hints.KEPT:
            message = f"'{name}' of a strategy is the kit's own and cannot be assigned."
            self._refuse(node, "attribute-refused", message, hints.KEPT[name])

    def decide_aug_assign(self, node: ast.AugAssign) -> Any:
        """Read a guarded name under its guard: ``x.base += 1`` reads ``x.base`` too."""
        target = node.target
        if not isinstance(target, ast.Attribute) or target.attr not in names.GUARDED_ATTRIBUTES:
            return self.node_contents_visit(node)
        if not scopes.is_chain(target.value):
            hint = f"Put the object into a variable first, then change its '{target.attr}'."
            message = f"The attribute '{target.attr}' cannot be changed in place here."
            self._refuse(node, "attribute-refused", message, hint)
            return node
        steps = scopes.in_three_steps(node, target)
        together = ast.If(ast.Constant(True), [*map(self.visit, steps)], [])
        return ast.fix_missing_locations(ast.copy_location(together, node))

    def _visit_load(self, node: ast.Attribute) -> ast.expr:
        if not names.is_readable_attribute(node.attr):
            self._refuse_attribute(node, node.attr)
        needs_owner = names.is_private(node.attr) and not self._is_own(node.value)
        node.value = self.visit(node.value)
        if node.attr in names.GUARDED_ATTRIBUTES:
            return _call(names.GUARD_LOAD, [node.value, ast.Constant(node.attr)], node)
        if needs_owner:
            node.value = _call(names.GUARD_OWN, [node.value], node)
        return node

    def _is_own(self, node: ast.expr) -> bool:
        """Say whether this is a method's own ``self``, which is then checked where it begins."""
        if not isinstance(node, ast.Name) or node.id not in self._own_names:
            return False
        self._touched_names.add(node.id)
        return True

    def _refuse_attribute(self, node: ast.AST, name: str) -> None:
        self._refuse(
            node,
            "attribute-refused",
            f"The attribute '{name}' is not available.",
            hints.PRIVATE if names.is_private(name) else hints.ATTRIBUTES.get(name, _NOT_OFFERED),
        )

    # Imports

    def decide_import(self, node: ast.Import) -> Any:
        self._lineage.learn(node)
        for alias in node.names:
            self._check_binding(node, alias.asname or alias.name.partition(".")[0])
            if self._imported_names(alias.name) is None:
                self._refuse_module(node, alias.name)
        return node

    def decide_import_from(self, node: ast.ImportFrom) -> Any:
        module = node.module or ""
        offered = None if node.level else self._imported_names(module)
        if offered is None:
            self._refuse_module(node, "." * node.level + module)
            offered = frozenset(alias.name for alias in node.names)
        elif any(alias.name == "*" for alias in node.names):
            node.names = [ast.alias(name) for name in sorted(offered)]
            for alias in node.names:
                copy_locations(alias, node)
        self._lineage.learn(node)
        for alias in node.names:
            self._check_binding(node, alias.asname or alias.name)
            if alias.name not in offered and not self._may_miss:
                message = f"'{module}' offers no '{alias.name}' to strategies."
                hint = hints.NAMES.get(f"{module}.{alias.name}") or _closest(alias.name, offered)
                self._refuse(node, "import-refused", message, hint)
        return node

    def decide_try(self, node: ast.Try) -> Any:
        """Let imports fail when they are run where the source says what to do then."""
        expected = self._may_miss
        self._may_miss = expected or any(map(scopes.catches_imports, node.handlers))
        node.body = [self.visit(statement) for statement in node.body]
        self._may_miss = expected
        for field in ("handlers", "orelse", "finalbody"):
            setattr(node, field, [self.visit(item) for item in getattr(node, field)])
        return node

    def decide_if(self, node: ast.If) -> Any:
        expected = self._may_miss
        if scopes.is_main_guard(node.test):  # it starts other platforms' backtests, often
            node.body = [ast.copy_location(ast.Pass(), node)]
        node.test = self.visit(node.test)
        self._may_miss = expected or scopes.is_type_checking(node.test)
        node.body = [self.visit(statement) for statement in node.body]
        self._may_miss = expected
        node.orelse = [self.visit(statement) for statement in node.orelse]
        return node

    def _refuse_module(self, node: ast.AST, module: str) -> None:
        if self._may_miss:
            return
        message = f"The module '{module}' cannot be imported."
        self._refuse(node, "import-refused", message, hints.of_module(module))

    # Functions and classes

    def decide_function_def(self, node: ast.FunctionDef) -> Any:
        self._check_binding(node, node.name)
        node.decorator_list = [self.visit(item) for item in node.decorator_list]
        if self._in_class and node.name in names.HOOKS:
            node.decorator_list.insert(0, _hook(node))
        node.returns = self.visit(node.returns) if node.returns else None
        self.visit(node.args)
        was_in_class, outer, written = self._in_class, self._own_names, self._touched_names
        arguments = self._arguments
        self._arguments = arguments | scopes.argument_names(node.args)
        mine = self._self_name(node) if was_in_class else frozenset()
        self._own_names = (self._own_names - scopes.argument_names(node.args)) | mine
        self._in_class, self._touched_names = False, set()
        for index, statement in enumerate(node.body):
            node.body[index] = self.visit(statement)
        for name in mine & self._touched_names:
            node.body.insert(_has_docstring(node), _self_check(name, node.body[0]))
        self._touched_names = written | (self._touched_names - mine)
        self._in_class, self._own_names, self._arguments = was_in_class, outer, arguments
        self._visit_type_params(node)
        return node

    def _self_name(self, node: ast.FunctionDef) -> frozenset[str]:
        """Return the argument whose attributes are written plainly, checked once at the start."""
        arguments = node.args.posonlyargs + node.args.args
        is_static = any(
            isinstance(item, ast.Name) and item.id == "staticmethod" for item in node.decorator_list
        )
        if not arguments or is_static or arguments[0].arg in self._bound:
            return frozenset()
        return frozenset({arguments[0].arg})

    def decide_lambda(self, node: ast.Lambda) -> Any:
        was_in_class, outer, arguments = self._in_class, self._own_names, self._arguments
        self.visit(node.args)
        named = scopes.argument_names(node.args)
        self._in_class = False
        self._own_names, self._arguments = outer - named, arguments | named
        node.body = self.visit(node.body)
        self._in_class, self._own_names, self._arguments = was_in_class, outer, arguments
        return node

    def decide_class_def(self, node: ast.ClassDef) -> Any:
        self._check_binding(node, node.name)
        for keyword in node.keywords:
            if keyword.arg is None or keyword.arg == "metaclass":
                self._refuse(
                    node,
                    "metaclass-refused",
                    "Classes with a metaclass of their own cannot be used in strategies.",
                    "Use a base class or a decorator.",
                )
        for field in ("bases", "keywords", "decorator_list"):
            setattr(node, field, [self.visit(item) for item in getattr(node, field)])
        was_in_class, was_in_strategy = self._in_class, self._in_strategy
        self._in_class, self._in_strategy = True, self._lineage.has(node)
        for index, statement in enumerate(node.body):
            for target in scopes.assigned_names(statement):
                self._check_kept(target, target.id)
            if not scopes.is_plain_match_args(statement):
                node.body[index] = self.visit(statement)
        self._in_class, self._in_strategy = was_in_class, was_in_strategy
        self._visit_type_params(node)
        return node

    def _visit_type_params(self, node: ast.AST) -> None:
        for parameter in getattr(node, "type_params", []):
            self._check_binding(parameter, parameter.name)
            self.node_contents_visit(parameter)

    def decide_type_alias(self, node: ast.AST) -> Any:
        self._visit_type_params(node)
        return self.node_contents_visit(node)


_DECISIONS: dict[str, Callable[[StrategyPolicy, Any], Any]] = {
    "Attribute": StrategyPolicy.decide_attribute,
    "AugAssign": StrategyPolicy.decide_aug_assign,
    "ClassDef": StrategyPolicy.decide_class_def,
    "ExceptHandler": StrategyPolicy.decide_except_handler,
    "FunctionDef": StrategyPolicy.decide_function_def,
    "Global": StrategyPolicy.decide_global,
    "If": StrategyPolicy.decide_if,
    "Import": StrategyPolicy.decide_import,
    "ImportFrom": StrategyPolicy.decide_import_from,
    "Lambda": StrategyPolicy.decide_lambda,
    "MatchAs": StrategyPolicy.decide_match_as,
    "MatchClass": StrategyPolicy.decide_match_class,
    "MatchMapping": StrategyPolicy.decide_match_mapping,
    "MatchStar": StrategyPolicy.decide_match_star,
    "Name": StrategyPolicy.decide_name,
    "Nonlocal": StrategyPolicy.decide_nonlocal,
    "Subscript": StrategyPolicy.decide_subscript,
    "Try": StrategyPolicy.decide_try,
    "TypeAlias": StrategyPolicy.decide_type_alias,
    "arg": StrategyPolicy.decide_arg,
    "keyword": StrategyPolicy.decide_keyword,
}


def _call(guard: str, arguments: list[ast.expr], node: ast.expr) -> ast.Call:
    call = ast.Call(func=ast.Name(guard, ast.Load()), args=arguments, keywords=[])
    copy_locations(call, node)
    return call


def _hook(node: ast.FunctionDef) -> ast.Call:
    name = ast.copy_location(ast.Constant(node.name), node)
    return _call(names.GUARD_HOOK, [name], ast.copy_location(ast.Constant(None), node))


def _has_docstring(node: ast.FunctionDef) -> int:
    return int(ast.get_docstring(node, clean=False) is not None)


def _self_check(name: str, first: ast.stmt) -> ast.stmt:
    """Return ``if type(self) not in MADE_CLASSES: write(self)``: methods can be called on anything.

    As plain operations it costs a tenth of a guarded write.
    """
    kind = ast.Call(ast.Name(names.TYPE, ast.Load()), [ast.Name(name, ast.Load())], [])
    made = ast.Name(names.MADE_CLASSES, ast.Load())
    guard = ast.Call(ast.Name(names.GUARD_WRITE, ast.Load()), [ast.Name(name, ast.Load())], [])
    check = ast.If(ast.Compare(kind, [ast.NotIn()], [made]), [ast.Expr(guard)], [])
    return ast.fix_missing_locations(ast.copy_location(check, first))


def _closest(name: str, offered: frozenset[str]) -> str | None:
    near = difflib.get_close_matches(name, sorted(offered), n=1)
    return f"Did you mean '{near[0]}'?" if near else None
