import numpy as np
from naru import Strategy


class Kalman:
    def __init__(self, q=1e-4, r=1e-2):
        self.x = np.zeros(2)
        self.P = np.eye(2)
        self.Q = np.eye(2) * q
        self.R = r
        self.F = np.array([[1.0, 1.0], [0.0, 1.0]])
        self.H = np.array([[1.0, 0.0]])

    def step(self, z):
        self.x = self.F @ self.x
        self.P = self.F @ self.P @ self.F.T + self.Q
        S = self.H @ self.P @ self.H.T + self.R
        K = self.P @ self.H.T / S[0, 0]
        self.x = self.x + K[:, 0] * (z - self.H @ self.x)[0]
        self.P = (np.eye(2) - K @ self.H) @ self.P
        return self.x[0], self.x[1]


class Filtered(Strategy):
    def on_start(self):
        self.filter = Kalman()

    def on_bar(self):
        level, slope = self.filter.step(self.data.close[-1])
        if slope > 0 and not self.position:
            self.buy(percent=0.5)
        elif slope < 0 and self.position:
            self.position.close()
