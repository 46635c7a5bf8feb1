"""Trades the hours of New York: time zones, daylight saving, dates."""
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from naru import Strategy

NEW_YORK = ZoneInfo("America/New_York")
SEOUL = ZoneInfo("Asia/Seoul")
OPEN, CLOSE = time(9, 30), time(16, 0)
HOLIDAYS = {date(1970, 1, 1)}


class Hours(Strategy):
    def on_bar(self):
        local = self.now.astimezone(NEW_YORK)
        is_open = OPEN <= local.time() < CLOSE and local.weekday() < 5 and local.date() not in HOLIDAYS
        if is_open and not self.position:
            self.buy(0.1)
        elif not is_open and self.position:
            self.position.close()
        if len(self.data) == 1:
            seoul = self.now.astimezone(SEOUL)
            assert seoul.utcoffset() == timedelta(hours=9), seoul
            summer = datetime(2024, 7, 1, 12, tzinfo=NEW_YORK)
            assert summer.astimezone(timezone.utc).hour == 16
            self.log(local.isoformat(), seoul.strftime("%Y-%m-%d %H:%M %Z"), str(NEW_YORK))
