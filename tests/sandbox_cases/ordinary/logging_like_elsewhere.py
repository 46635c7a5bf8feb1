"""The logging module and print, as scripts from elsewhere have them."""
import logging

from naru import Strategy, ta

logger = logging.getLogger(__name__)
logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")


class Logged(Strategy):
    def init(self):
        self.logger = logging.getLogger("strategy.logged")
        self.logger.setLevel(logging.INFO)
        self.ma = self.indicator(ta.ema, self.data.close, 12)
        logger.info("started with %s bars", len(self.data))

    def on_bar(self):
        if not self.position and self.data.close[-1] > self.ma[-1]:
            self.buy(0.3)
            logger.info("bought at %.2f on %s", self.data.close[-1], self.now)
        elif self.position and self.data.close[-1] < self.ma[-1]:
            self.position.close()
            self.logger.warning("sold at %.2f", self.data.close[-1])
        self.logger.debug("nobody reads this: %d", len(self.data))
        try:
            {}["k"]
        except KeyError:
            if len(self.data) % 200 == 0:
                logger.exception("a key is missing")
