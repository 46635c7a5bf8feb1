"""Plans: what a workspace may use. The numbers live in ``auth_service/plans.toml`` alone."""

from pydantic import BaseModel, ConfigDict, Field

from auth_service.contract import examples


class Plan(BaseModel):
    """The allowances of one plan.

    requests_per_minute     sustained rate of API calls; ``request_burst`` calls may come at once
    backtests_at_once       backtests of one workspace that run side by side
    backtests_waiting       how many more of them may wait for a place
    sandbox_cpu_s_per_day   CPU-seconds of user code per UTC day; null: agreed by contract
    live_deployments        running deployments; on paper only when ``live_paper_only``
    api_keys, webhooks      how many may exist at a time
    log_bytes_per_run       bytes of ``self.log`` output that are kept of one run
    live_connections        WebSocket connections that a workspace may have open
    live_channels           channels, or GraphQL subscriptions, that one connection may follow
    team_workspaces         teams that a person may own whose personal workspace is on this plan;
                            each has a plan, and the allowances, of its own
    """

    model_config = examples.request(examples.PLAN) | ConfigDict(frozen=True)

    name: str = Field(examples=["free"])
    title: str = Field(examples=["Free"])
    requests_per_minute: int
    request_burst: int
    backtests_at_once: int
    backtests_waiting: int
    sandbox_cpu_s_per_day: int | None
    live_deployments: int
    live_paper_only: bool
    api_keys: int
    webhooks: int
    sms_per_day: int
    log_bytes_per_run: int
    live_connections: int
    live_channels: int
    team_workspaces: int
