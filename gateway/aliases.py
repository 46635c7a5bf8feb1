"""Other names of resources, for clients that know them by these: answered as the canonical ones."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Alias:
    """One more address of an operation; exists once its canonical operation does.

    path, canonical   templates below the public prefix, with the same variables in the same order
    """

    method: str
    path: str
    canonical: str


ALIASES = (
    Alias("GET", "/strategy/list", "/strategies"),
    Alias("GET", "/strategy/{strategy_id}", "/strategies/{strategy_id}"),
    Alias("PATCH", "/strategy/{strategy_id}", "/strategies/{strategy_id}"),
    Alias("DELETE", "/strategy/{strategy_id}", "/strategies/{strategy_id}"),
    Alias("GET", "/strategy/{strategy_id}/config", "/strategies/{strategy_id}/config"),
    Alias("PUT", "/strategy/{strategy_id}/config", "/strategies/{strategy_id}/config"),
    Alias("POST", "/strategy/{strategy_id}/activate", "/strategies/{strategy_id}/activate"),
    Alias("POST", "/strategy/{strategy_id}/start", "/strategies/{strategy_id}/start"),
    Alias("POST", "/strategy/{strategy_id}/stop", "/strategies/{strategy_id}/stop"),
    Alias("POST", "/trading/order", "/orders"),
    Alias("DELETE", "/trading/order/{order_id}", "/orders/{order_id}"),
    Alias("GET", "/trading/orders", "/orders"),
    Alias("GET", "/trading/trades", "/trades"),
)


def alias_id(operation_id: str) -> str:
    """Return the id under which an operation's other name is known."""
    return f"{operation_id}_alias"
