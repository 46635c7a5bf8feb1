"""Where an ``on_bar`` can act, found by array from its source; see ``docs/decisions/0015``.

``plan`` reads the syntax tree of ``on_bar``. Conditions over indicators, bars and numbers are
computed for all bars at once, so ``on_bar`` is called only where it may do something. Where all
that it does is known too, the whole order log is made by array and nothing is called at all.
"""

from naru.engine.compiled.plan import Plan, plan

__all__ = ["Plan", "plan"]
