"""Who may do what: a few rules, which the tables name by operation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from auth_service.contract.roles import scopes_of_role
from tests.contract.world import World

Actor = Literal["anonymous", "unscoped", "other", "outsider", "admin", "viewer", "owner"]
ACTORS: tuple[Actor, ...] = (
    "anonymous",
    "unscoped",
    "other",
    "outsider",
    "admin",
    "viewer",
    "owner",
)
"""In this order: whoever may destroy the thing comes last."""

STRANGERS: frozenset[Actor] = frozenset({"other", "outsider", "admin"})

Rule = Literal["everybody", "oneself", "workspace", "person", "owners", "admins"]
"""
everybody   signing in changes nothing
oneself     whoever is signed in, on what is their own: nothing of the owner's shows
workspace   a thing of the owner's workspace: its members by their role; to others it is not there
person      a thing of the owner's own: not even members of the same workspace know of it
owners      what only owners of the workspace may do; to others the workspace is not there
admins      administrators of the installation
"""

Body = Callable[[World], Any] | Mapping[str, Any] | str | None
OK, CREATED, ACCEPTED, NONE = 200, 201, 202, 204


@dataclass(frozen=True, slots=True)
class Case:
    """What is expected of one operation.

    good      the statuses of those who are let in; not only 2xx, when the body is refused for what
              it says: that is seen only by those who got as far
    body      what to send; None: nothing
    query     parameters
    destroys  thing that is made anew for this operation, for it may not survive it
    newcomers everybody is somebody new, for their account may not survive it
    but       statuses of some actors that differ from the rule's
    strangers their status where the thing is named in the body: 422 instead of 404
    media     content type of a body that is no JSON
    """

    rule: Rule
    good: int | tuple[int, ...] = OK
    body: Body = None
    query: Mapping[str, str] = field(default_factory=dict)
    destroys: str | None = None
    newcomers: bool = False
    but: Mapping[Actor, int] = field(default_factory=dict)
    strangers: int | None = None
    media: str | None = None

    def statuses(self, actor: Actor, scope: str | None) -> tuple[int, ...]:
        """Return the statuses that the actor may be answered with."""
        good = self.good if isinstance(self.good, tuple) else (self.good,)
        if actor in self.but:
            return (self.but[actor],)
        if self.rule == "everybody":
            return good
        if actor == "anonymous":
            return (401,)
        if actor == "unscoped":
            return (403,)
        if self.rule == "admins":
            return good if actor == "admin" else (403,)
        if actor == "viewer":
            return self._of_viewer(scope, good)
        if actor in STRANGERS and self.rule != "oneself":
            return (self.strangers or 404,)
        return good

    def _of_viewer(self, scope: str | None, good: tuple[int, ...]) -> tuple[int, ...]:
        hidden = scope is not None and scope not in scopes_of_role("viewer")
        if hidden or self.rule == "owners":
            return (403,)
        return (404,) if self.rule == "person" else good

    def text(self, world: World) -> Any:
        """Return the body."""
        return self.body(world) if callable(self.body) else self.body


Table = Mapping[str, Case]


def everybody(*good: int, **options: Any) -> Case:
    """Return a case of an operation that needs no credential."""
    return Case("everybody", good or OK, **options)


def names(table: Table) -> Sequence[str]:
    """Return the operations of a table, for test ids."""
    return sorted(table)
