"""The engine: what a strategy asks for, and what becomes of it.

``spec`` finds the strategy in a namespace. ``run`` drives it over bars inside the sandbox; what
it asks for is written to an ``orderlog``. ``replay`` reads that log in our own process and makes
fills, cash and equity of it. Both sides move the same ``book`` (working orders, positions, cash
in decimals) through the same ``market`` (bars on one timeline) under the same ``config`` (every
convention a named option, with ``costs``), so that they cannot disagree on what a fill is.
``reconcile`` compares what the run claims with what the replay found.
"""
