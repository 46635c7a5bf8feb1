"""How many backtests of a workspace may run at once; locked by whoever lets one in or out."""

from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from trading_service.models.base import Base


class PlacesRow(Base):
    """A row of ``trading.places``.

    at_once   what the workspace's plan said last
    """

    __tablename__ = "places"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    at_once: Mapped[int]
