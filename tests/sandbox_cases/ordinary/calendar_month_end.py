import calendar
from datetime import date, timedelta

from naru import Strategy


def last_business_day(year, month):
    day = date(year, month, calendar.monthrange(year, month)[1])
    while day.weekday() >= calendar.SATURDAY:
        day -= timedelta(days=1)
    return day


class MonthEnd(Strategy):
    def on_bar(self):
        today = self.now.date()
        end = last_business_day(today.year, today.month)
        left = (end - today).days
        if left > 3 and not self.position:
            self.buy(percent=0.2)
        if len(self.data) == 1:
            self.log(end, left, calendar.isleap(today.year), calendar.month_name[today.month], today.isocalendar().week)
