"""What the auth service's endpoints and tasks are given."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.adapters.oauth import Provider, configured_providers
from auth_service.contract.social_logins import ProviderName
from auth_service.hashing import KeyedHashes, PasswordHashes
from auth_service.keyring.service import KeyringService
from auth_service.models import TABLES
from auth_service.plans.book import PlanBook
from auth_service.settings import AuthSettings
from auth_service.signing_keys.service import SigningKeys
from shared.database import create_engine, create_sessions
from shared.http.dependencies import work_for
from shared.http.pages import CursorSigner
from shared.identity import IdentitySigner
from shared.object_store.factory import open_object_store
from shared.object_store.port import ObjectStore
from shared.redis import connect_redis
from shared.unit_of_work import UnitOfWork, UnitsOfWork
from shared.vault import Vault
from shared.wakeups import Wakeups


@dataclass(frozen=True, slots=True)
class AuthDeps:
    """Everything that is opened once per process and closed with it."""

    settings: AuthSettings
    engine: AsyncEngine
    identities: IdentitySigner
    cursors: CursorSigner
    units_of_work: UnitsOfWork
    vault: Vault
    objects: ObjectStore
    passwords: PasswordHashes
    hashes: KeyedHashes
    plans: PlanBook
    signing_keys: SigningKeys
    providers: dict[ProviderName, Provider]


@asynccontextmanager
async def open_deps(settings: AuthSettings) -> AsyncIterator[AuthDeps]:
    """Open the service's connections; close them at the end."""
    engine = create_engine(settings)
    redis = connect_redis(settings)
    wakeups = Wakeups(redis, settings.service)
    units_of_work = UnitsOfWork(create_sessions(engine, settings), TABLES, wakeups)
    vault = Vault(settings.master_key, settings.previous_master_keys)
    passwords = PasswordHashes(settings.password_hashes_at_once, settings.password_memory_kib)
    try:
        async with units_of_work() as work:
            hashing_key = await KeyringService(work, vault).hashing_key()
        yield AuthDeps(
            settings=settings,
            engine=engine,
            identities=IdentitySigner(settings.master_key),
            cursors=CursorSigner(settings.master_key),
            units_of_work=units_of_work,
            vault=vault,
            objects=open_object_store(settings),
            passwords=passwords,
            hashes=KeyedHashes(hashing_key),
            plans=PlanBook(settings.plans_file),
            signing_keys=SigningKeys(units_of_work, vault),
            providers=configured_providers(settings),
        )
    finally:
        passwords.close()
        await redis.aclose()
        await engine.dispose()


async def read_deps(request: Request) -> AuthDeps:
    """Return what this process has opened."""
    deps: AuthDeps = request.app.state.deps
    return deps


Deps = Annotated[AuthDeps, Depends(read_deps)]


async def _open_personal_work(request: Request) -> AsyncIterator[UnitOfWork]:
    async with work_for(request, None) as work:
        yield work


PersonalWork = Annotated[UnitOfWork, Depends(_open_personal_work, scope="function")]
"""A transaction on what belongs to a person and not to one workspace: queries name the person."""


async def _open_recorded_work(deps: Deps) -> AsyncIterator[UnitOfWork]:
    async with deps.units_of_work() as work:
        yield work


RecordedWork = Annotated[UnitOfWork, Depends(_open_recorded_work, scope="function")]
"""The same for who asks and is put on record for having asked: it writes in a GET, too."""
