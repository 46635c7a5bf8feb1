# ruff: noqa
"""이동평균 교차 전략: 단기 평균이 장기 평균을 넘으면 산다."""

from naru import Strategy, ta


class 이동평균(Strategy):
    단기 = 5
    장기 = 15

    def init(self):
        self.빠름 = self.indicator(ta.sma, self.data.close, self.단기)
        self.느림 = self.indicator(ta.sma, self.data.close, self.장기)

    def on_bar(self):
        if ta.crossover(self.빠름, self.느림):
            self.buy(percent=0.5, tag="매수")
            self.log(f"매수: {self.data.close[-1]:,.0f}원")
