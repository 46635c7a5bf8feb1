"""Writes the generated part of ``naru_client``. Not published: it needs ruff.

A group is the first segment of a path, and a method's name is its operation id without the group:
``create_strategy_version`` of ``/strategies/...`` is ``client.strategies.create_version``. So
names are as stable as operation ids are.
"""
