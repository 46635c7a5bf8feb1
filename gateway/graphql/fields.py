"""Which REST operations GraphQL offers, and under which names.

Left out on purpose (``REST_ONLY``): signing in and whatever else gives out or proves credentials of
a session (tokens, second factors, passkeys, linked accounts, deleting oneself), uploads, and the
installation's administration.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from auth_service.contract.accounts import Me, ProfileUpdate, Session, WorkspaceMembership
from auth_service.contract.api_keys import (
    ApiKey,
    ApiKeyCreate,
    ApiKeyRotation,
    ApiKeyUpdate,
    NewApiKey,
)
from auth_service.contract.audit import AuditEntry, AuditVerification
from auth_service.contract.deletions import Deletion
from auth_service.contract.exports import Export
from auth_service.contract.plans import Plan
from auth_service.contract.subscriptions import Subscription, Usage
from auth_service.contract.workspaces import (
    Invitation,
    InvitationAcceptance,
    Member,
    RoleChange,
    WorkspaceCreate,
)
from data_service.contract.bars import Candle, MarketSymbol
from data_service.contract.datasets import Dataset, DatasetQuality
from gateway.graphql.operations import Change, Listing, Reading
from logic_service.contract.metrics import StrategyMetrics
from logic_service.contract.strategies import (
    Strategy,
    StrategyCreate,
    StrategyFork,
    StrategyRollback,
    StrategyUpdate,
)
from logic_service.contract.versions import SourceCheck, SourceReport, Version, VersionCreate
from notification_service.contract.channels import (
    Channel,
    ChannelCreate,
    ChannelVerification,
    PushDevice,
    PushTokenCreate,
)
from notification_service.contract.deliveries import Delivery
from notification_service.contract.event_types import EventTypeDescription, PublicEvent
from notification_service.contract.notifications import Notification, Preferences
from notification_service.contract.webhooks import (
    SecretRotation,
    Webhook,
    WebhookCreate,
    WebhookReplay,
    WebhookReplayed,
    WebhookUpdate,
    WebhookWithSecret,
)
from trading_service.contract.backtests import Backtest, BacktestCreate, LogLine, Order, Receipt

_STRATEGY = "/strategies/{strategy_id}"
_BACKTEST = "/backtests/{backtest_id}"
_WORKSPACE = "/workspaces/{workspace_id}"
_MEMBER = f"{_WORKSPACE}/members/{{user_id}}"
_API_KEY = "/api-keys/{key_id}"
_WEBHOOK = "/webhooks/{webhook_id}"
_CHANNEL = "/notifications/channels/{channel_id}"
_PREFERENCES = "/notifications/preferences"

REST_ONLY = re.compile(
    r"/(auth/(?!sessions/)|admin/|billing/|subscription$|me$|datasets/upload|workspaces/[^/]+/switch)"
)
"""Paths of what can be changed by REST alone."""

LISTINGS: Sequence[Listing] = (
    Listing("workspaces", "auth", "/workspaces", WorkspaceMembership),
    Listing("members", "auth", f"{_WORKSPACE}/members", Member),
    Listing("sessions", "auth", "/auth/sessions", Session),
    Listing("apiKeys", "auth", "/api-keys", ApiKey),
    Listing("plans", "auth", "/plans", Plan),
    Listing("auditLog", "auth", "/audit-log", AuditEntry),
    Listing("datasets", "data", "/datasets", Dataset),
    Listing("symbols", "data", "/market/symbols", MarketSymbol),
    Listing(
        "candles",
        "data",
        "/market/candles",
        Candle,
        {"symbol": str, "timeframe": str | None, "start": datetime | None, "end": datetime | None},
    ),
    Listing("backtestOrders", "trading", f"{_BACKTEST}/orders", Order),
    Listing("backtestLogs", "trading", f"{_BACKTEST}/logs", LogLine),
    Listing(
        "notifications", "notification", "/notifications", Notification, {"unread": bool | None}
    ),
    Listing("channels", "notification", "/notifications/channels", Channel),
    Listing("pushTokens", "notification", "/push-tokens", PushDevice),
    Listing(
        "deliveries",
        "notification",
        "/notifications/deliveries",
        Delivery,
        {"status": str | None},
    ),
    Listing("deadLetters", "notification", "/notifications/dead-letters", Delivery),
    Listing("webhooks", "notification", "/webhooks", Webhook),
    Listing(
        "webhookDeliveries",
        "notification",
        f"{_WEBHOOK}/deliveries",
        Delivery,
        {"status": str | None},
    ),
    Listing("eventTypes", "notification", "/event-types", EventTypeDescription),
    Listing("events", "notification", "/events", PublicEvent),
)

READINGS: Sequence[Reading] = (
    Reading("me", "auth", "/me", Me),
    Reading("workspace", "auth", _WORKSPACE, WorkspaceMembership),
    Reading("member", "auth", _MEMBER, Member),
    Reading("apiKey", "auth", _API_KEY, ApiKey),
    Reading("subscription", "auth", "/subscription", Subscription),
    Reading("usage", "auth", "/usage", Usage),
    Reading("auditVerification", "auth", "/audit-log/verify", AuditVerification),
    Reading("export", "auth", "/me/exports/{export_id}", Export),
    Reading("strategyMetrics", "logic", f"{_STRATEGY}/metrics", StrategyMetrics),
    Reading("dataset", "data", "/datasets/{dataset_id}", Dataset),
    Reading("datasetQuality", "data", "/datasets/{dataset_id}/quality", DatasetQuality),
    Reading("backtestReceipt", "trading", f"{_BACKTEST}/receipt", Receipt),
    Reading("notificationPreferences", "notification", _PREFERENCES, Preferences),
    Reading("webhook", "notification", _WEBHOOK, Webhook),
    Reading("event", "notification", "/events/{event_id}", PublicEvent),
)

CHANGES: Sequence[Change] = (
    Change("updateMe", "auth", "PATCH", "/me", ProfileUpdate, Me, revisable=True),
    Change("requestExport", "auth", "POST", "/me/export", None, Export),
    Change("createWorkspace", "auth", "POST", "/workspaces", WorkspaceCreate, WorkspaceMembership),
    Change(
        "renameWorkspace",
        "auth",
        "PATCH",
        _WORKSPACE,
        WorkspaceCreate,
        WorkspaceMembership,
        revisable=True,
    ),
    Change("deleteWorkspace", "auth", "DELETE", _WORKSPACE, None, Deletion),
    Change("inviteMember", "auth", "POST", f"{_WORKSPACE}/invitations", Invitation),
    Change(
        "acceptInvitation",
        "auth",
        "POST",
        "/workspaces/invitations/accept",
        InvitationAcceptance,
        WorkspaceMembership,
    ),
    Change("changeMemberRole", "auth", "PATCH", _MEMBER, RoleChange, revisable=True),
    Change("removeMember", "auth", "DELETE", _MEMBER),
    Change("endSession", "auth", "DELETE", "/auth/sessions/{session_id}"),
    Change("createApiKey", "auth", "POST", "/api-keys", ApiKeyCreate, NewApiKey),
    Change("updateApiKey", "auth", "PATCH", _API_KEY, ApiKeyUpdate, ApiKey, revisable=True),
    Change("rotateApiKey", "auth", "POST", f"{_API_KEY}/rotate", ApiKeyRotation, NewApiKey),
    Change("revokeApiKey", "auth", "DELETE", _API_KEY),
    Change("deleteDataset", "data", "DELETE", "/datasets/{dataset_id}"),
    Change("createStrategy", "logic", "POST", "/strategies", StrategyCreate, Strategy),
    Change("updateStrategy", "logic", "PATCH", _STRATEGY, StrategyUpdate, Strategy, revisable=True),
    Change("deleteStrategy", "logic", "DELETE", _STRATEGY),
    Change(
        "rollbackStrategy", "logic", "POST", f"{_STRATEGY}/rollback", StrategyRollback, Strategy
    ),
    Change("forkStrategy", "logic", "POST", f"{_STRATEGY}/fork", StrategyFork, Strategy),
    Change(
        "createStrategyVersion", "logic", "POST", f"{_STRATEGY}/versions", VersionCreate, Version
    ),
    Change("validateSource", "logic", "POST", "/strategies/validate", SourceCheck, SourceReport),
    Change("createBacktest", "trading", "POST", "/backtests", BacktestCreate, Backtest),
    Change("cancelBacktest", "trading", "POST", f"{_BACKTEST}/cancel", None, Backtest),
    Change("deleteBacktest", "trading", "DELETE", _BACKTEST),
    Change(
        "createChannel", "notification", "POST", "/notifications/channels", ChannelCreate, Channel
    ),
    Change(
        "verifyChannel", "notification", "POST", f"{_CHANNEL}/verify", ChannelVerification, Channel
    ),
    Change("testChannel", "notification", "POST", f"{_CHANNEL}/test", None, Delivery),
    Change("deleteChannel", "notification", "DELETE", _CHANNEL),
    Change(
        "registerPushToken", "notification", "POST", "/push-tokens", PushTokenCreate, PushDevice
    ),
    Change(
        "readNotification",
        "notification",
        "POST",
        "/notifications/{notification_id}/read",
        None,
        Notification,
    ),
    Change(
        "replaceNotificationPreferences",
        "notification",
        "PUT",
        _PREFERENCES,
        Preferences,
        Preferences,
        revisable=True,
    ),
    Change(
        "requeueDeadLetter",
        "notification",
        "POST",
        "/notifications/dead-letters/{delivery_id}/requeue",
        None,
        Delivery,
    ),
    Change("createWebhook", "notification", "POST", "/webhooks", WebhookCreate, WebhookWithSecret),
    Change(
        "updateWebhook", "notification", "PATCH", _WEBHOOK, WebhookUpdate, Webhook, revisable=True
    ),
    Change("deleteWebhook", "notification", "DELETE", _WEBHOOK),
    Change(
        "rotateWebhookSecret",
        "notification",
        "POST",
        f"{_WEBHOOK}/rotate-secret",
        SecretRotation,
        WebhookWithSecret,
    ),
    Change("testWebhook", "notification", "POST", f"{_WEBHOOK}/test", None, Delivery),
    Change(
        "replayWebhook",
        "notification",
        "POST",
        f"{_WEBHOOK}/replay",
        WebhookReplay,
        WebhookReplayed,
    ),
)
