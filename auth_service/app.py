"""Wire the auth service's HTTP app."""

from functools import partial

from fastapi import FastAPI

from auth_service.accounts.endpoints import internal as accounts_internal
from auth_service.accounts.endpoints import router as accounts
from auth_service.accounts.password_endpoints import router as passwords
from auth_service.administration.endpoints import router as administration
from auth_service.api_keys.endpoints import internal as api_keys_internal
from auth_service.api_keys.endpoints import router as api_keys
from auth_service.audit.endpoints import internal as audit_internal
from auth_service.audit.endpoints import router as audit
from auth_service.deletions.endpoints import internal as deletions_internal
from auth_service.deletions.endpoints import router as deletions
from auth_service.deps import open_deps
from auth_service.exports.endpoints import internal as exports_internal
from auth_service.exports.endpoints import router as exports
from auth_service.mails.endpoints import router as mail_links
from auth_service.models import TABLES
from auth_service.passkeys.endpoints import router as passkeys
from auth_service.plans.endpoints import router as plans
from auth_service.revocations.endpoints import router as revocations
from auth_service.second_factors.endpoints import router as second_factors
from auth_service.sessions.endpoints import router as sessions
from auth_service.settings import AuthSettings
from auth_service.signing_keys.endpoints import router as signing_keys
from auth_service.social_logins.endpoints import router as social_logins
from auth_service.subscriptions.endpoints import internal as subscriptions_internal
from auth_service.subscriptions.endpoints import router as subscriptions
from auth_service.usage.endpoints import internal as usage_internal
from auth_service.usage.endpoints import router as usage
from auth_service.workspaces.endpoints import router as workspaces
from shared.events.endpoints import events_router
from shared.http.app import create_service_app

ROUTERS = (
    accounts,
    passwords,
    sessions,
    second_factors,
    passkeys,
    social_logins,
    audit,
    api_keys,
    plans,
    subscriptions,
    usage,
    signing_keys,
    accounts_internal,
    api_keys_internal,
    workspaces,
    deletions,
    exports,
    administration,
    deletions_internal,
    exports_internal,
    audit_internal,
    subscriptions_internal,
    usage_internal,
    mail_links,
    revocations,
    events_router(TABLES),
)


def create_app(settings: AuthSettings) -> FastAPI:
    """Return the app."""
    return create_service_app("Naru auth", ROUTERS, partial(open_deps, settings))
