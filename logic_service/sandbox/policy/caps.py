"""Bounds on source text and syntax tree, checked before anything expensive is done with them.

Compiling is an attack surface of its own: a few hundred bytes of nested ``finally`` make
CPython write gigabytes of code. Each bound is far above what people write.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from logic_service.sandbox.types import Problem

MAX_SOURCE_BYTES = 128 << 10
MAX_LINES = 10_000
MAX_TOKENS = 40_000
MAX_BRACKET_DEPTH = 60
MAX_TREE_DEPTH = 150
MAX_NODES = 50_000
MAX_CODE_NODES = 100_000
MAX_FINALLY_DEPTH = 6
COMPILE_MEMORY_BYTES = 256 << 20
COMPILE_CPU_S = 2.0

_CONFUSING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_WORD_OR_SIGN = re.compile(r"\w+|[^\w\s]")
# A text that never closes is taken to its end and never twice: this runs in the host's process,
# where thousands of them, each looked through again, would hold everybody up for a minute.
_TOKEN = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:"""|\\?\Z)'
    r"|'''(?:[^'\\]|\\.|'(?!''))*+(?:'''|\\?\Z)"
    r'|"(?:[^"\\\n]|\\.)*+(?:"|\\?\Z|(?=\n))'
    r"|'(?:[^'\\\n]|\\.)*+(?:'|\\?\Z|(?=\n))"
    r"|\#[^\n]*|[\[({]|[\])}]",
    re.DOTALL,
)


def compile_cpu_s(source_bytes: int) -> float:
    """Return the CPU seconds that compiling may take; honest source needs a tenth of it."""
    return min(COMPILE_CPU_S, 0.15 + source_bytes * 15e-6)


def text_problems(source: str) -> list[Problem]:
    """Return what is wrong with the text as text: too long, not encodable, misleading."""
    try:
        size = len(source.encode("utf-8"))
    except UnicodeEncodeError as error:
        line = source.count("\n", 0, error.start) + 1
        return [Problem("source-encoding", "The source is not valid Unicode.", line)]
    if size > MAX_SOURCE_BYTES:
        message = f"The source has {size} bytes; {MAX_SOURCE_BYTES} are allowed."
        return [Problem("source-too-long", message)]
    if "\0" in source:
        line = source.count("\n", 0, source.index("\0")) + 1
        return [Problem("source-encoding", "The source contains a NUL character.", line)]
    confusing = _CONFUSING.search(source)
    if confusing:
        line = source.count("\n", 0, confusing.start()) + 1
        message = "The source contains characters that reverse the direction of text."
        return [Problem("source-encoding", message, line, hint="Delete the invisible characters.")]
    return _size_problems(source) or _bracket_problems(source)


def _size_problems(source: str) -> list[Problem]:
    if source.count("\n") + source.count(";") > MAX_LINES:
        return [_too_complex(None, f"more than {MAX_LINES} lines")]
    if sum(1 for _ in _WORD_OR_SIGN.finditer(source)) > MAX_TOKENS:
        return [_too_complex(None, f"more than {MAX_TOKENS} words and signs")]
    return []


def _bracket_problems(source: str) -> list[Problem]:
    depth = 0
    for match in _TOKEN.finditer(source):
        mark = source[match.start()]
        if mark in "[({":
            depth += 1
            if depth > MAX_BRACKET_DEPTH:
                line = source.count("\n", 0, match.start()) + 1
                message = f"Brackets are nested more than {MAX_BRACKET_DEPTH} deep."
                return [Problem("source-too-complex", message, line)]
        elif mark in "])}":
            depth -= 1
    return []


def tree_problems(tree: ast.Module) -> list[Problem]:
    """Return why the tree is too deep or too large to be transformed and compiled."""
    count = 0
    level: list[ast.AST] = [tree]
    for _ in range(MAX_TREE_DEPTH):
        count += len(level)
        if count > MAX_NODES:
            return [_too_complex(level[0], f"more than {MAX_NODES} syntax elements")]
        below = [child for node in level for child in ast.iter_child_nodes(node)]
        if not below:
            return _finally_problems(tree)
        level = below
    return [_too_complex(level[0], f"code nested more than {MAX_TREE_DEPTH} deep")]


def _finally_problems(tree: ast.Module) -> list[Problem]:
    """Bound the code that ``finally`` makes: its body is compiled once for every way out."""
    for node, depth, copies in _finally_blocks(tree, 1, 1):
        if depth > MAX_FINALLY_DEPTH:
            return [_too_complex(node, f"'finally' nested more than {MAX_FINALLY_DEPTH} deep")]
        size = sum(1 for statement in node.finalbody for _ in ast.walk(statement))
        if size * copies > MAX_CODE_NODES:
            return [_too_complex(node, "a 'finally' that is left in too many ways")]
    return []


def _finally_blocks(node: ast.AST, depth: int, copies: int) -> Iterator[tuple[ast.Try, int, int]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Try) and child.finalbody:
            exits = 2 + sum(
                isinstance(inner, ast.Return | ast.Break | ast.Continue)
                for statement in child.body
                for inner in ast.walk(statement)
            )
            yield child, depth, copies * exits
            if depth <= MAX_FINALLY_DEPTH:
                yield from _finally_blocks(child, depth + 1, copies * exits)
        else:
            yield from _finally_blocks(child, depth, copies)


def _too_complex(node: ast.AST | None, what: str) -> Problem:
    return Problem(
        "source-too-complex",
        f"The source has {what}.",
        getattr(node, "lineno", None),
        hint="Split it into functions.",
    )
