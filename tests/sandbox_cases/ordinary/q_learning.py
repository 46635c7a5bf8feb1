"""A table of values learnt on the way: dictionaries of tuples, epsilon-greedy choice."""
import random
from collections import defaultdict

import numpy as np
from naru import Strategy

ACTIONS = HOLD, LONG = range(2)


class QLearner(Strategy):
    alpha, gamma, epsilon = 0.2, 0.9, 0.2

    def init(self):
        self.q = defaultdict(lambda: np.zeros(len(ACTIONS)))
        self.last = None

    def observe(self):
        c = np.array(self.data.close[-6:])
        return tuple(np.sign(np.diff(c)).astype(int).tolist())

    def on_bar(self):
        if len(self.data) < 7:
            return
        state = self.observe()
        if self.last is not None:
            before, action, equity = self.last
            reward = self.equity / equity - 1
            best = self.q[state].max()
            self.q[before][action] += self.alpha * (reward + self.gamma * best - self.q[before][action])
        action = random.choice(ACTIONS) if random.random() < self.epsilon else int(self.q[state].argmax())
        self.last = (state, action, self.equity)
        self.target(percent=0.5 * action)

    def on_stop(self):
        ranked = sorted(self.q.items(), key=lambda kv: (-kv[1].max(), kv[0]))
        self.log(len(self.q), ranked[0][0] if ranked else None)
