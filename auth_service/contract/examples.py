"""Examples of what goes in and out, for the API's document; a test holds them to the schemas.

FastAPI leaves nulls out of the document, examples included: every field here has a value.
"""

from pydantic import ConfigDict
from pydantic.config import JsonDict

_HEX = "0192f3c28f0e7cc398c4dc0c0c07398f"
_MAIL = "mina@example.com"
_PASSWORD = "moraine-candle-42-otter"  # noqa: S105 (an example)
_TOKEN = "AZLzwo8OfMOYxNwMDAc5j0Hc0sVb3oXrJm8nq1tYwL4"  # noqa: S105 (an example)
_REFRESH = "rt_3q2-7wEjRWeJq83v5mQ0b1l8xkz9sWnC4yTfHdGpAaI"
_ACCESS = "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJpc3MiOiJuYXJ1In0.c2ln"
_AT, _LATER = "2026-11-21T09:00:00Z", "2026-11-28T09:00:00Z"
_ADDRESS = "203.0.113.7"


def request(*examples: JsonDict) -> ConfigDict:
    """Return the configuration of an input: examples, and no field that is not declared."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": list(examples)})


def answer(*examples: JsonDict) -> ConfigDict:
    """Return the configuration of an output."""
    return ConfigDict(json_schema_extra={"examples": list(examples)})


REGISTRATION: JsonDict = {"email": _MAIL, "password": _PASSWORD}
REGISTERED: JsonDict = {"email": _MAIL, "status": "accepted"}
LOGIN: JsonDict = {"email": _MAIL, "password": _PASSWORD}
LOGIN_WITH_CODE: JsonDict = LOGIN | {"code": "492039"}
TOKEN_PAIR: JsonDict = {
    "access_token": _ACCESS,
    "refresh_token": _REFRESH,
    "token_type": "Bearer",
    "expires_in": 1800,
}
REFRESH: JsonDict = {"refresh_token": _REFRESH}
SESSION: JsonDict = {
    "id": f"ses_{_HEX}",
    "current": True,
    "user_agent": "Mozilla/5.0",
    "address": _ADDRESS,
    "methods": ["pwd", "otp"],
    "created_at": _AT,
    "signed_in_at": _AT,
    "last_used_at": _AT,
    "expires_at": _LATER,
}
PROFILE: JsonDict = {"name": "Mina", "locale": "ko"}
WORKSPACE: JsonDict = {
    "id": f"ws_{_HEX}",
    "name": "Personal",
    "kind": "personal",
    "role": "owner",
    "plan": "free",
}
ME: JsonDict = {
    "id": f"usr_{_HEX}",
    "email": _MAIL,
    "email_verified": True,
    "name": "Mina",
    "locale": "en",
    "role": "user",
    "plan": "free",
    "workspace": WORKSPACE,
    "workspaces": [WORKSPACE],
    "session_id": f"ses_{_HEX}",
    "created_at": _AT,
}
PASSWORD_CHANGE: JsonDict = {
    "current_password": _PASSWORD,
    "new_password": "granite-lantern-77-heron",
}
EMAIL: JsonDict = {"email": _MAIL}
PASSWORD_RESET: JsonDict = {"token": _TOKEN, "password": "granite-lantern-77-heron"}
MAILED_TOKEN: JsonDict = {"token": _TOKEN}
ACCEPTED: JsonDict = {"status": "accepted"}
ENROLLMENT: JsonDict = {
    "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "uri": "otpauth://totp/Naru:mina%40example.com?secret=JBSWY3DPEHPK3PXP&issuer=Naru",
}
CODE: JsonDict = {"code": "492039"}
CODE_TO_SIGN_IN: JsonDict = {"code": "492039", "login_token": _TOKEN}
RECOVERY_CODES: JsonDict = {
    "recovery_codes": ["k3v7qa-x2m5tw-hd6jrb-4nycpe", "w7tq2f-ba5kzm-x3rhyd-6cjvnp"]
}
STEP_UP: JsonDict = {"password": _PASSWORD}
FRESH_TOKEN: JsonDict = {"access_token": _ACCESS, "token_type": "Bearer", "expires_in": 1800}
PROVIDERS: JsonDict = {"providers": ["google", "github"]}
AUTHORIZATION_PAGE: JsonDict = {
    "url": "https://accounts.google.com/o/oauth2/v2/auth?client_id=...&state=..."
}
LINKED_ACCOUNT: JsonDict = {"provider": "github", "email": _MAIL, "linked_at": _AT}
AUDIT_ENTRY: JsonDict = {
    "number": 7,
    "action": "api_key.created",
    "actor_kind": "session",
    "actor": f"usr_{_HEX}",
    "subject": f"key_{_HEX}",
    "address": _ADDRESS,
    "facts": {"name": "notebook"},
    "occurred_at": _AT,
    "mac": "9d7e30384b5c554b1bd531fb8edd042736f415a9cbdd074b0290e112590bfea9",
}
AUDIT_BROKEN: JsonDict = {
    "intact": False,
    "entry_count": 4,
    "broken": {"number": 5, "reason": "changed"},
}
API_KEY_CREATE: JsonDict = {
    "name": "notebook",
    "scopes": ["strategy:read", "backtest:run"],
    "networks": ["203.0.113.0/24"],
    "expires_at": _LATER,
}
API_KEY_UPDATE: JsonDict = {"name": "server", "networks": []}
API_KEY_ROTATION: JsonDict = {"overlap_s": 3600}
API_KEY: JsonDict = {
    "id": f"key_{_HEX}",
    "name": "notebook",
    "hint": "sk_live_h7Qw...9fXa",
    "mode": "live",
    "scopes": ["backtest:run", "strategy:read"],
    "networks": ["203.0.113.0/24"],
    "created_at": _AT,
    "expires_at": _LATER,
    "last_used_at": _AT,
    "last_used_address": _ADDRESS,
    "replaces": f"key_{_HEX}",
}
NEW_API_KEY: JsonDict = API_KEY | {"key": "sk_live_h7Qw2mZk0c5TtRbV8yNn4jXxE1sGgLpD6uAa9fXa"}
PLAN: JsonDict = {
    "name": "premium",
    "title": "Premium",
    "requests_per_minute": 600,
    "request_burst": 100,
    "backtests_at_once": 4,
    "backtests_waiting": 100,
    "sandbox_cpu_s_per_day": 14_400,
    "live_deployments": 20,
    "live_paper_only": False,
    "api_keys": 20,
    "webhooks": 20,
    "sms_per_day": 50,
    "log_bytes_per_run": 1_048_576,
    "live_connections": 10,
    "live_channels": 100,
    "team_workspaces": 20,
}
SUBSCRIPTION: JsonDict = {
    "workspace_id": f"ws_{_HEX}",
    "plan": "premium",
    "source": "billing",
    "allowances": PLAN,
    "renews_at": _LATER,
    "changed_at": _AT,
}
SUBSCRIPTION_CHANGE: JsonDict = {
    "plan": "premium",
    "allowances": {"backtests_at_once": 8},
    "renews_at": _LATER,
}
USAGE: JsonDict = {
    "meters": [
        {
            "meter": "sandbox_cpu_ms",
            "day": "2026-11-21",
            "used": 41_250,
            "reserved": 30_000,
            "limit": 600_000,
        }
    ]
}
WORKSPACE_CREATE: JsonDict = {"name": "Desk"}
MEMBER: JsonDict = {
    "id": f"usr_{_HEX}",
    "email": _MAIL,
    "name": "Mina",
    "role": "owner",
    "since": _AT,
}
INVITATION: JsonDict = {"email": "ines@example.com", "role": "editor"}
ROLE_CHANGE: JsonDict = {"role": "viewer"}
ADMIN_USER: JsonDict = {
    "id": f"usr_{_HEX}",
    "email": _MAIL,
    "email_verified": True,
    "name": "Mina",
    "role": "user",
    "suspended_at": _LATER,
    "created_at": _AT,
}
ADMIN_USER_DETAIL: JsonDict = ADMIN_USER | {
    "workspaces": [WORKSPACE],
    "session_count": 2,
    "second_factor": True,
}
KEY_SET: JsonDict = {
    "keys": [
        {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            "kid": "0192f3c28f0e7cc3",
            "alg": "EdDSA",
            "use": "sig",
        }
    ]
}
REWRAPPING: JsonDict = {"moved_count": 214}
BILLING_EVENT: JsonDict = {
    "type": "subscription.changed",
    "workspace_id": f"ws_{_HEX}",
    "plan": "premium",
    "renews_at": _LATER,
    "reference": "sub_9921",
}
