"""The services' typed clients, as the gateway's own resources use them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from auth_service.client import AuthClient
from data_service.client import DataClient
from logic_service.client import LogicClient
from notification_service.client import NotificationClient
from shared.http.client import ServiceClient
from trading_service.client import TradingClient


@dataclass(frozen=True, slots=True)
class Clients:
    """One client a service; named as the services are."""

    auth: AuthClient
    logic: LogicClient
    data: DataClient
    trading: TradingClient
    notification: NotificationClient

    def by_name(self) -> Mapping[str, ServiceClient]:
        """Return the clients by the services' names."""
        return {field.name: getattr(self, field.name) for field in fields(self)}
