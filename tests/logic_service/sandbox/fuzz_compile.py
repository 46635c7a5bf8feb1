"""Throw bytes at the compiler of strategies, guided by the code that they reach.

Run where ``atheris`` is installed (it needs no compiler: there are wheels for Linux)::

    python -m tests.logic_service.sandbox.fuzz_compile -max_total_time=600 [CORPUS_FOLDER]

Options are libFuzzer's. It ends at the first source that the compiler neither compiles nor
refuses with a reason, that it compiles into what the policy forbids, or that kills the process.
"""

import importlib
import keyword
import sys
import tempfile
import tomllib
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

CASES = Path(__file__).parents[2] / "sandbox_cases"
_TARGETS = ["logic_service.sandbox.policy", "RestrictedPython"]
_DEFAULTS = ["-max_len=4096", "-timeout=30", "-rss_limit_mb=2048"]


class BreachError(AssertionError):
    """The compiler let something through."""


_SIGNS = r"""
( ) [ ] { } : , . ; = == := += -> * ** @ | & ~ < >= ! f" " ''' # \ 0 1.5 "x" b"" ... _ x self é
__class__ __init__ __getattr__ __slots__ __match_args__ __hash__ __globals__ __builtins__ mro base
format data now gi_frame f_back print getattr type super numpy naru Strategy dataclass
"""
_WORDS = ["\n", "\n  ", "\n    ", *keyword.kwlist, *keyword.softkwlist, *_SIGNS.split()]


def source_of(data: bytes) -> str:
    """Return bytes as UTF-8, or as a row of words if they are none: each byte is a word then."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return " ".join(_WORDS[byte % len(_WORDS)] for byte in data)


def judge(compile_source: Callable[..., Any], breaches: Any, offered: Any, source: str) -> None:
    """Compile a source. Raises BreachError unless it is refused with a reason or harmless."""
    compiled = compile_source(source, offered)
    if compiled.code is None:
        if not compiled.problems or not all(each.message for each in compiled.problems):
            raise BreachError("refused without a reason")
    elif found := breaches(compiled.code):
        raise BreachError(f"compiled: {found}")


def texts(value: Any) -> list[str]:
    """Return every text in parsed TOML."""
    if isinstance(value, str):
        return [value]
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for each in below for text in texts(each)]


def write_seeds(folder: Path) -> None:
    """Write the ordinary scripts, the syntax cases and the attacks as sources to begin with."""
    sources = [script.read_text() for script in (CASES / "ordinary").glob("*.py")]
    for table in [CASES / "syntax.toml", *(CASES / "attacks").glob("*.toml")]:
        sources += texts(tomllib.loads(table.read_text()))
    for number, source in enumerate(sources):
        (folder / f"{number:04}").write_text(source)


def main() -> None:
    """Fuzz until libFuzzer's options say to stop."""
    # Imported here: modules are instrumented while they are imported, and most have no atheris.
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=_TARGETS):
        compiling = importlib.import_module("logic_service.sandbox.policy.compiling")
        namespace = importlib.import_module("logic_service.sandbox.policy.namespace")
    bytecode = importlib.import_module("tests.logic_service.sandbox.bytecode")
    offered = namespace.Library().offered
    warnings.simplefilter("ignore")

    def once(data: bytes) -> None:
        judge(compiling.compile_source, bytecode.breaches, offered, source_of(data))

    with tempfile.TemporaryDirectory(prefix="naru-fuzz-") as corpus:
        write_seeds(Path(corpus))
        atheris.Setup([sys.argv[0], *_DEFAULTS, *sys.argv[1:], corpus], once)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
