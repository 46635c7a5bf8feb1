"""Lost updates are refused: reads carry an ``ETag``, changes must name it in ``If-Match``."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header

from shared.errors import PreconditionFailedError, PreconditionRequiredError


def entity_tag(revision: int) -> str:
    """Return the strong entity tag of one revision of a resource (RFC 9110, 8.8.3)."""
    return f'"{revision}"'


@dataclass(frozen=True, slots=True)
class Precondition:
    """The revisions that the caller is willing to change; any, when ``tags`` is None."""

    tags: frozenset[str] | None

    def check(self, revision: int) -> None:
        """Raise PreconditionFailedError unless the resource is at a named revision."""
        if self.tags is not None and entity_tag(revision) not in self.tags:
            raise PreconditionFailedError(headers={"ETag": entity_tag(revision)})


async def _read_if_match(if_match: Annotated[str | None, Header()] = None) -> Precondition:
    if if_match is None:
        raise PreconditionRequiredError
    if if_match.strip() == "*":
        return Precondition(None)
    return Precondition(frozenset(tag.strip() for tag in if_match.split(",")))


IfMatch = Annotated[Precondition, Depends(_read_if_match)]
"""The request's ``If-Match``; 428 without it."""
