"""Which plan a workspace is on, and what it has used of it."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from auth_service.contract import examples
from auth_service.contract.plans import Plan
from shared.ids import WorkspaceId

PlanName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$", examples=["premium"])]
Meter = Literal["sandbox_cpu_ms", "sms"]
MeterAmount = Annotated[int, Field(ge=0, le=10**12)]


class AgreedAllowances(BaseModel):
    """Numbers agreed with one customer; they replace those of the plan.

    Rates of requests and live connections are the plan's alone: gateways count by its name.
    """

    model_config = ConfigDict(extra="forbid")

    backtests_at_once: int | None = Field(default=None, ge=0)
    backtests_waiting: int | None = Field(default=None, ge=0)
    sandbox_cpu_s_per_day: int | None = Field(default=None, ge=0)
    live_deployments: int | None = Field(default=None, ge=0)
    api_keys: int | None = Field(default=None, ge=0)
    webhooks: int | None = Field(default=None, ge=0)
    sms_per_day: int | None = Field(default=None, ge=0)
    log_bytes_per_run: int | None = Field(default=None, ge=0)
    team_workspaces: int | None = Field(default=None, ge=0)


class SubscriptionChange(BaseModel):
    """Put a workspace on a plan."""

    model_config = examples.request(examples.SUBSCRIPTION_CHANGE)

    plan: PlanName
    allowances: AgreedAllowances = AgreedAllowances()
    renews_at: AwareDatetime | None = None


class Subscription(BaseModel):
    """What a workspace may use at present.

    source       who decided: nobody yet (``default``), an ``admin``, ``billing``, or nobody again,
                 since no payment came after ``renews_at`` (``lapsed``)
    allowances   the plan's numbers, those agreed by contract in their place
    """

    model_config = examples.answer(examples.SUBSCRIPTION)

    workspace_id: WorkspaceId
    plan: str
    source: Literal["default", "admin", "billing", "lapsed"]
    allowances: Plan
    renews_at: AwareDatetime | None
    changed_at: AwareDatetime | None


class BillingEvent(BaseModel):
    """What the billing system tells us, signed as Standard Webhooks describe."""

    model_config = examples.request(examples.BILLING_EVENT)

    type: Literal["subscription.changed"]
    workspace_id: WorkspaceId
    plan: PlanName
    allowances: AgreedAllowances = AgreedAllowances()
    renews_at: AwareDatetime | None = None
    reference: Annotated[str | None, Field(max_length=200)] = None


class MeterUsage(BaseModel):
    """What has been used of a meter on one UTC day.

    reserved   promised to work that still runs
    limit      null: no limit
    """

    meter: Meter
    day: date
    used: int
    reserved: int
    limit: int | None


class Usage(BaseModel):
    """Today's meters."""

    model_config = examples.answer(examples.USAGE)

    meters: list[MeterUsage]


class ReservationCreate(BaseModel):
    """Reserve a share of a workspace's allowance before the work that uses it.

    id           the caller's, so that asking twice is once: the backtest's id, for instance
    amount       the most that the work may use
    lifetime_s   then the share returns by itself
    """

    model_config = ConfigDict(extra="forbid")

    id: UUID
    workspace_id: WorkspaceId
    meter: Meter
    amount: MeterAmount
    lifetime_s: int = Field(ge=1, le=7 * 24 * 3600)


class Settlement(BaseModel):
    """What the work came to; 0 gives everything back, as after a failure of ours."""

    model_config = ConfigDict(extra="forbid")

    amount: MeterAmount
