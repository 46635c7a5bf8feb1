from decimal import Decimal, ROUND_HALF_UP
from datetime import date, datetime, time, timedelta
from naru import Strategy


class Money(str):
    def pretty(self):
        return self.format(1234.5, name="total")


class Report(Strategy):
    TEMPLATE = "{0:>10.2f} | {name!r:<8} | {1[0]} | {2.year}"

    def on_bar(self):
        if len(self.data) % 50:
            return
        close = Decimal(str(self.data.close[-1])).quantize(Decimal("0.01"), ROUND_HALF_UP)
        self.log(self.TEMPLATE.format(close, ["x"], self.now, name="close"))
        self.log("%(a)s %(b)05.1f" % {"a": 1, "b": 2.0}, Money("{:,.2f} {name}").pretty())
        self.log("{a}-{b}".format_map({"a": 1, "b": 2}), f"{self.now:%H:%M}", f"{close=}")
        start = datetime.combine(date(2024, 1, 1), time(9, 30)) + timedelta(hours=1)
        self.log(start.isoformat(), start.strftime("%A"), datetime.strptime("2024-02-03", "%Y-%m-%d").date())
        self.log(str.format("{}", 1), "".join(map("{:02d}".format, (1, 2, 3))))
