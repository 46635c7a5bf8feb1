"""What every REST operation answers to whom, by operation id."""

from shared.ids import new_id
from tests.contract.rules import ACCEPTED, CREATED, NONE, OK, Case, Table, everybody
from tests.contract.world import MARKER, SOURCE, SYMBOL, World
from tests.gateway.caller import PASSWORD

_BAD_TOKEN = "x" * 40
_NEW_PASSWORD = "otter-moraine-candle-43"
_STRANGE_BODY = {"credential": {"id": "AA", "rawId": "AA", "type": "public-key"}}
_ASSERTION = {"clientDataJSON": "AA", "authenticatorData": "AA", "signature": "AA"}
_ATTESTATION = {"clientDataJSON": "AA", "attestationObject": "AA"}
_PROOF = {"credential": {**_STRANGE_BODY["credential"], "response": _ASSERTION}}
_PASSKEY = {"name": MARKER, "credential": {**_STRANGE_BODY["credential"], "response": _ATTESTATION}}
_PLAN = {"plan": "free"}
_CSV = "ts,open,high,low,close,volume\n2024-01-02,1,2,1,2,10\n2024-01-03,2,3,2,3,10\n"


def _backtest(world: World) -> dict[str, object]:
    return {"version_id": world.ids["version_id"], "symbols": [SYMBOL]}


def _device(world: World) -> dict[str, object]:
    token = f"ExponentPushToken[{new_id().hex}]"
    return {"kind": "push", "token": token, "event_types": ["quota.warning"]}


def _hook(world: World) -> dict[str, object]:
    return {"url": f"https://example.com/{new_id().hex}", "event_types": ["quota.warning"]}


_ACCOUNTS: Table = {
    "register_user": everybody(ACCEPTED, body={"email": "new@example.com", "password": PASSWORD}),
    "login": everybody(401, body={"email": "nobody@example.com", "password": "no"}),
    "refresh_session": everybody(401, body={"refresh_token": _BAD_TOKEN}),
    "logout": Case("oneself", NONE, newcomers=True, but={"unscoped": 401}),
    "forget_own_password": everybody(ACCEPTED, body={"email": "nobody@example.com"}),
    "show_forgotten_password": everybody(),
    "show_password_reset": everybody(),
    "reset_own_password": everybody(422, body={"token": _BAD_TOKEN, "password": _NEW_PASSWORD}),
    "show_email_verification": everybody(),
    "verify_own_email": everybody(422, body={"token": _BAD_TOKEN}),
    "get_me": Case("oneself"),
    "update_me": Case("oneself", body={"locale": "en"}),
    "delete_me": Case("oneself", ACCEPTED, newcomers=True),
    "get_deletion": everybody(404),
    "change_own_password": Case(
        "oneself",
        (401, 422),
        body={"current_password": "not it", "new_password": _NEW_PASSWORD},
    ),
    "change_own_email": Case("oneself", ACCEPTED, body={"email": f"{MARKER}@example.org"}),
    "resend_email_verification": Case("oneself", ACCEPTED),
    "list_own_sessions": Case("oneself"),
    "end_one_session": Case("person", NONE, destroys="session"),
    "end_all_sessions": Case("oneself", NONE, query={"keep_current": "true"}),
    "enroll_second_factor": Case("oneself"),
    "verify_second_factor": everybody(401, 409, body={"code": "000000"}, but={"unscoped": 403}),
    "disable_second_factor": Case("oneself", 409, body={"code": "000000"}),
    "confirm_identity": Case("oneself", 401, body={"password": "not it"}),
    "begin_passkey_registration": Case("oneself"),
    "list_own_passkeys": Case("oneself"),
    "create_passkey": Case("oneself", 401, body=_PASSKEY),
    "delete_passkey": Case("person", 404),
    "begin_passkey_sign_in": everybody(),
    "sign_in_with_passkey": everybody(401, body=_PROOF),
    "confirm_identity_with_passkey": Case("oneself", 401, body=_PROOF),
    "list_oauth_providers": everybody(),
    "list_linked_accounts": Case("oneself"),
    "authorize_with_provider": everybody(404),
    "return_from_provider": everybody(404, query={"state": _BAD_TOKEN}),
    "link_provider": Case("oneself", 404),
    "unlink_provider": Case("oneself", 404),
    "get_jwks": everybody(),
    "request_export": Case("oneself", ACCEPTED, but={"outsider": 403, "viewer": 403}),
    # A new archive takes the place of the one before, so each of these wants one of its own.
    "get_export": Case("person", destroys="export"),
    "download_export": Case("person", destroys="export"),
}
_WORKSPACES: Table = {
    "list_workspaces": Case("oneself"),
    "create_workspace": Case("oneself", CREATED, body={"name": "Another"}),
    "get_workspace": Case("workspace"),
    "rename_workspace": Case("owners", body={"name": MARKER}),
    "act_in_workspace": Case("workspace"),
    "list_members": Case("workspace"),
    "get_member": Case("workspace"),
    "invite_member": Case(
        "owners", ACCEPTED, body={"email": "guest@example.com", "role": "viewer"}
    ),
    "show_invitation": everybody(),
    "accept_invitation": Case("oneself", 422, body={"token": _BAD_TOKEN}),
    "change_member_role": Case("owners", NONE, body={"role": "viewer"}, destroys="member"),
    "delete_workspace": Case("owners", ACCEPTED, destroys="team"),
    "remove_member": Case("owners", NONE, destroys="member"),
    "list_audit_log": Case("oneself"),
    "verify_audit_log": Case("oneself"),
    "list_api_keys": Case("oneself"),
    "create_api_key": Case("oneself", CREATED, body={"name": "x", "scopes": ["strategy:read"]}),
    "get_api_key": Case("workspace"),
    "update_api_key": Case("person", body={"name": MARKER}),
    "rotate_api_key": Case("person", CREATED, body={"overlap_s": 0}, destroys="api_key"),
    "revoke_api_key": Case("person", NONE, destroys="api_key"),
    "list_plans": everybody(),
    "get_subscription": Case("oneself"),
    "change_subscription": Case("admins", body=_PLAN),
    "get_usage": Case("oneself"),
    "receive_billing_event": everybody(401, body={"type": "subscription.changed"}),
    "list_users": Case("admins"),
    "get_user": Case("admins"),
    "suspend_user": Case("admins", NONE, destroys="person"),
    "release_user": Case("admins", NONE, destroys="person"),
    "get_workspace_subscription": Case("admins"),
    "change_workspace_subscription": Case("admins", body=_PLAN),
    "rewrap_secrets": Case("admins"),
    "rotate_signing_keys": Case("admins", NONE),
}
_DATA: Table = {
    "upload_dataset": Case(
        "oneself",
        CREATED,
        body=_CSV,
        media="text/csv",
        query={"symbol": "PLAIN", "timeframe": "1d"},
    ),
    "list_datasets": Case("oneself"),
    "get_dataset": Case("workspace"),
    "get_dataset_quality": Case("workspace"),
    "delete_dataset": Case("workspace", NONE, destroys="lone_dataset"),
    "list_symbols": Case("oneself"),
    "list_candles": Case("workspace", query={"symbol": SYMBOL, "timeframe": "1d"}),
}
_LOGIC: Table = {
    "list_strategies": Case("oneself"),
    "create_strategy": Case("oneself", CREATED, body={"name": "Plain"}),
    "get_strategy": Case("workspace"),
    "update_strategy": Case("workspace", body={"description": MARKER}),
    "delete_strategy": Case("workspace", NONE, destroys="strategy"),
    "validate_source": Case("oneself", body={"source": "x = 1\n"}),
    "create_strategy_version": Case("workspace", (OK, CREATED), body={"source": SOURCE}),
    "list_strategy_versions": Case("workspace"),
    "get_strategy_version": Case("workspace"),
    "get_strategy_version_source": Case("workspace"),
    "diff_strategy_versions": Case("workspace", query={"from": "1", "to": "2"}),
    "rollback_strategy": Case("workspace", body={"number": 1}),
    "fork_strategy": Case("workspace", CREATED, body={"number": 1, "name": MARKER}),
    "get_strategy_metrics": Case("workspace"),
}
_TRADING: Table = {
    "list_backtests": Case("oneself"),
    "create_backtest": Case("workspace", ACCEPTED, body=_backtest, strangers=422),
    "get_backtest": Case("workspace"),
    "delete_backtest": Case("workspace", NONE, destroys="ended_backtest"),
    "cancel_backtest": Case("workspace"),
    "get_backtest_metrics": Case("workspace"),
    "list_backtest_trades": Case("workspace"),
    "list_backtest_orders": Case("workspace"),
    "get_backtest_equity": Case("workspace"),
    "list_backtest_logs": Case("workspace"),
    "get_backtest_receipt": Case("workspace"),
    "get_backtest_report": Case("workspace"),
}
_NOTIFICATION: Table = {
    "list_notifications": Case("oneself"),
    "read_notification": Case("workspace"),
    "get_notification_preferences": Case("oneself"),
    "put_notification_preferences": Case(
        "oneself",
        body={
            "inbox_event_types": ["message.exhausted"],
            "locale": "en",
            "quiet_hours": None,
        },
    ),
    "list_channels": Case("oneself"),
    "create_channel": Case(
        "oneself",
        CREATED,
        body=_device,
    ),
    "verify_channel": Case("workspace", body={"code": "000000"}),
    "test_channel": Case("workspace", ACCEPTED, destroys="gone_channel"),
    "delete_channel": Case("workspace", NONE, destroys="channel"),
    "list_push_tokens": Case("oneself"),
    "register_push_token": Case("oneself", body={"token": "ExponentPushToken[plainer]"}),
    "list_deliveries": Case("oneself"),
    "list_dead_letters": Case("oneself"),
    "requeue_dead_letter": Case("workspace", destroys="dead_letter"),
    "list_webhooks": Case("oneself"),
    "create_webhook": Case(
        "oneself",
        CREATED,
        body=_hook,
    ),
    "get_webhook": Case("workspace"),
    "update_webhook": Case("workspace", body={"event_types": ["quota.warning"]}),
    "delete_webhook": Case("workspace", NONE, destroys="webhook"),
    "rotate_webhook_secret": Case("workspace", body={"overlap_s": 0}),
    "test_webhook": Case("workspace", ACCEPTED),
    "replay_webhook": Case("workspace", ACCEPTED, body={"since": "2100-01-01T00:00:00Z"}),
    "list_webhook_deliveries": Case("workspace"),
    "list_event_types": Case("oneself"),
    "list_events": Case("oneself"),
    "get_event": Case("workspace"),
}
_CANONICAL: Table = {
    **_ACCOUNTS,
    **_WORKSPACES,
    **_DATA,
    **_LOGIC,
    **_TRADING,
    **_NOTIFICATION,
}
# Other names of resources answer as the canonical ones do.
_ALIASED = ("delete_strategy", "get_strategy", "list_strategies", "update_strategy")
REST: Table = {**_CANONICAL, **{f"{name}_alias": _CANONICAL[name] for name in _ALIASED}}
