"""The logic service's expected failures. Codes are public and never change."""

from shared.errors import InvalidInputError, NotFoundError, UnavailableError


class StrategyNotFoundError(NotFoundError):
    code, title = "strategy-not-found", "No such strategy"


class VersionNotFoundError(NotFoundError):
    code, title = "version-not-found", "No such version"


class SourceRefusedError(InvalidInputError):
    code, title = "source-refused", "The source is not accepted as a strategy"


class SandboxMissingError(UnavailableError):
    code, title = "sandbox-unavailable", "No sandbox can be built here, so no user code runs"


class SandboxBusyError(UnavailableError):
    """No place came free in time; nothing was run, and asking again is safe."""

    code, title = "sandbox-busy", "Too many strategies run just now"


class SnapshotMissingError(NotFoundError):
    code, title = "snapshot-missing", "The bars of this run are not in the object store"
