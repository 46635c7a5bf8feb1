"""Wire the trading service's background work."""

from shared.jobs.worker import ServiceWorker
from trading_service.app import peers_by_url
from trading_service.backtests.tasks import TASKS as BACKTEST_TASKS
from trading_service.consumers import consumers
from trading_service.deps import Peers, open_deps
from trading_service.models import TABLES
from trading_service.settings import TradingSettings
from trading_service.workspaces.tasks import TASKS as DUTY_TASKS


def create_worker(settings: TradingSettings, peers: Peers | None = None) -> ServiceWorker:
    """Return the worker; without ``peers`` the other services are reached by their URLs."""
    peers = peers or peers_by_url(settings)
    return ServiceWorker(
        settings=settings,
        tables=TABLES,
        deps=open_deps(settings, peers),
        tasks=[*BACKTEST_TASKS, *DUTY_TASKS],
        consumers=consumers,
        max_jobs=settings.backtests_at_once,
    )
