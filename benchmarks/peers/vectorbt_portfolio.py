"""Targets of many instruments with shared cash by vectorbt, filled at the next open."""

from timing import report
from vectorbt_account import filled, frames


def prepare():
    return frames("open", "close", "targets")


report(prepare, lambda material: filled(*material), lambda result: result)
