"""Put everything under a new master key: what is here, and by an event what others have."""

from auth_service.audit.service import Actor, AuditService
from auth_service.contract.events import MasterKeyChanged
from auth_service.deps import AuthDeps
from auth_service.exports.archives import rewrap_archives
from auth_service.keyring.service import KEYRING
from auth_service.models import Base
from auth_service.second_factors.service import TOTP_SEED
from auth_service.signing_keys.service import SIGNING_KEY
from shared.identity import Principal
from shared.rewrapping import SealedColumn, rewrap

_TABLES = Base.metadata.tables
SEALED = (
    SealedColumn(_TABLES["auth.keyring"], "sealed", lambda row: (KEYRING, row.purpose)),
    SealedColumn(
        _TABLES["auth.signing_keys"], "sealed_private", lambda row: (SIGNING_KEY, row.kid)
    ),
    SealedColumn(_TABLES["auth.totp"], "sealed_secret", lambda row: (TOTP_SEED, row.user_id.hex)),
)


async def rewrap_everything(deps: AuthDeps, admin: Principal) -> int:
    """Return how many of this service's secrets were still under a previous master key."""
    workspace_id = admin.require_workspace()
    moved = await rewrap(deps.units_of_work, deps.vault, SEALED)
    moved += await rewrap_archives(deps)
    async with deps.units_of_work() as work:
        work.emit(MasterKeyChanged(workspace_id=workspace_id))
        await AuditService(work, deps.hashes).record(
            workspace_id,
            "secrets.rewrapped",
            Actor("admin", admin.user_id, admin.address),
            service="auth",
            count=moved,
        )
    return moved
