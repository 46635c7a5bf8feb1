"""State that is kept as JSON, with a schema version and defaults."""
import json
from typing import Any, TypedDict

from naru import Strategy


class Saved(TypedDict, total=False):
    version: int
    highs: list[float]
    notes: dict[str, Any]


DEFAULT: Saved = {"version": 2, "highs": [], "notes": {}}


class Stateful(Strategy):
    def on_start(self):
        for key, value in DEFAULT.items():
            self.state.setdefault(key, json.loads(json.dumps(value)))
        if self.state.get("version", 0) < 2:
            self.state["version"] = 2

    def on_bar(self):
        highs = self.state["highs"]
        highs.append(float(self.data.high[-1]))
        self.state["highs"] = sorted(highs)[-5:]
        self.state["notes"]["bars"] = self.state["notes"].get("bars", 0) + 1
        if highs[-1] >= self.state["highs"][-1] and not self.position:
            self.buy(value=1_000)
        elif self.state["notes"]["bars"] % 30 == 0:
            self.position.close()
