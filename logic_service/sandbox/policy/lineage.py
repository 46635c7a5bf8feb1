"""Which classes of a source are strategies, as far as its text says."""

from __future__ import annotations

import ast

_KIT, _BASE = "naru", "Strategy"


class Lineage:
    """What the imports and classes above a line make of it: fed with both, from top to bottom."""

    def __init__(self) -> None:
        self._modules: set[str] = set()
        self._classes: set[str] = set()

    def learn(self, node: ast.Import | ast.ImportFrom) -> None:
        """Take note of what an import binds: the kit's ``Strategy``, or a module that has one."""
        source = node.module or "" if isinstance(node, ast.ImportFrom) else ""
        for alias in node.names:
            origin = f"{source}.{alias.name}".lstrip(".")
            if origin.partition(".")[0] != _KIT:
                continue
            bound = alias.asname or (alias.name if source else _KIT)
            (self._classes if origin.endswith(f".{_BASE}") else self._modules).add(bound)

    def has(self, node: ast.ClassDef) -> bool:
        """Say whether a class is a strategy, and remember that it is."""
        is_strategy = any(map(self._is_strategy, node.bases))
        if is_strategy:
            self._classes.add(node.name)
        return is_strategy

    def _is_strategy(self, base: ast.expr) -> bool:
        if isinstance(base, ast.Name):
            return base.id in self._classes
        if not isinstance(base, ast.Attribute) or base.attr != _BASE:
            return False
        root = base.value
        while isinstance(root, ast.Attribute):
            root = root.value
        return isinstance(root, ast.Name) and root.id in self._modules
