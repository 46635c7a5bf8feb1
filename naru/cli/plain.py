"""Command lines of nothing but texts, paths and flags, read without pydantic.

typer reads every value by pydantic, whose import takes nearly as long as NumPy's.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperOption

_READERS: dict[Any, type[str] | type[Path]] = {
    str: str,
    Path: Path,
    list[str]: str,
    list[Path]: Path,
}


class PlainCommand(TyperCommand):
    """Reads what is plain itself; all else, and all that is wrong, is read and told by typer."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the arguments' values into the context; return what is left over."""
        values = self._values(args)
        if values is None:
            return super().parse_args(ctx, args)
        ctx.params.update(values)
        return []

    def _values(self, args: Sequence[str]) -> dict[str, Any] | None:
        options = {
            flag: param
            for param in self.params
            if isinstance(param, TyperOption)
            for flag in param.opts
        }
        arguments = [param for param in self.params if isinstance(param, TyperArgument)]
        values: dict[str, Any] = {}
        tokens = iter(args)
        for token in tokens:
            option = options.get(token)
            if option is not None and option.is_flag:
                values[option.name] = True
                continue
            text = next(tokens, None) if option is not None else token
            param = option or (arguments.pop(0) if arguments and token[:1] != "-" else None)
            read = _READERS.get(param.type_descriptor.annotation) if param is not None else None
            if param is None or read is None or text is None:
                return None
            if param.multiple:
                values.setdefault(param.name, []).append(read(text))
            else:
                values[param.name] = read(text)
        if any(param.required and param.name not in values for param in self.params):
            return None
        return {param.name: param.default for param in self.params} | values
