"""The billing system's hook: signed, recent, and worked off once."""

from pydantic import ValidationError
from sqlalchemy.dialects.postgresql import insert
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.datastructures import Headers

from auth_service.audit.service import PLATFORM
from auth_service.contract.errors import BillingSignatureError
from auth_service.contract.subscriptions import BillingEvent, SubscriptionChange
from auth_service.deps import AuthDeps
from auth_service.models import BillingEventRow
from auth_service.subscriptions.service import SubscriptionService
from shared.clock import utc_now
from shared.errors import InvalidInputError
from shared.http.problems import field_problems

_SIGNED_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


async def take_billing_event(deps: AuthDeps, headers: Headers, body: bytes) -> None:
    """Change a subscription as the billing system says; the same event again changes nothing.

    Raises BillingSignatureError without a good signature of the last five minutes, also when no
    secret is configured; InvalidInputError, WorkspaceNotFoundError, PlanNotFoundError.
    """
    secret = deps.settings.billing_secret
    if secret is None:
        raise BillingSignatureError
    signed = {name: headers.get(name, "") for name in _SIGNED_HEADERS}
    try:
        Webhook(secret.get_secret_value()).verify(body, signed)
    except (WebhookVerificationError, ValueError) as error:
        raise BillingSignatureError from error
    try:
        event = BillingEvent.model_validate_json(body)
    except ValidationError as error:
        raise InvalidInputError.of_fields(field_problems(error.errors())) from error
    change = SubscriptionChange(
        plan=event.plan, allowances=event.allowances, renews_at=event.renews_at
    )
    async with deps.units_of_work() as work:
        fresh = await work.session.scalar(
            insert(BillingEventRow)
            .values(id=signed["webhook-id"], received_at=utc_now())
            .on_conflict_do_nothing()
            .returning(BillingEventRow.id)
        )
        if fresh is None:
            return
        subscriptions = SubscriptionService(work, deps.plans, deps.hashes)
        await subscriptions.change(
            event.workspace_id, change, "billing", PLATFORM, reference=event.reference
        )
