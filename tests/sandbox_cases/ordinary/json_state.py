# ruff: noqa
import json

from naru import Strategy


class Remembering(Strategy):
    def on_start(self):
        self.memory = json.loads(self.state.get("memory", "{}"))

    def on_bar(self):
        self.memory["bars"] = self.memory.get("bars", 0) + 1
        self.memory.setdefault("highs", []).append(round(self.data.high[-1], 2))
        self.memory["highs"] = self.memory["highs"][-5:]
        self.state["memory"] = json.dumps(self.memory, sort_keys=True)
