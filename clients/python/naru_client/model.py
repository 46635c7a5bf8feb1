"""The base of everything that the platform answers with, and of nested input."""

from pydantic import BaseModel, ConfigDict, PrivateAttr


class Model(BaseModel):
    """Keeps members that this version of the package does not know: the API grows."""

    model_config = ConfigDict(
        extra="allow", frozen=True, populate_by_name=True, protected_namespaces=()
    )

    _etag: str | None = PrivateAttr(default=None)

    @property
    def etag(self) -> str | None:
        """The state that was read, for ``if_match``."""
        return self._etag

    def remember_etag(self, etag: str | None) -> None:
        """Take up the ETag of the answer."""
        self._etag = etag


def read_etag(state: Model | str | None) -> dict[str, str]:
    """Return the header that asks for exactly this state."""
    etag = state.etag if isinstance(state, Model) else state
    return {} if etag is None else {"If-Match": etag}
