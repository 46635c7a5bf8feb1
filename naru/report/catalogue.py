"""Every text that readers of a report see, in English and Korean, and how metrics are written."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "ko"]
Kind = Literal["fraction", "ratio", "money", "signed_money", "count", "duration"]

TEXTS: dict[str, tuple[str, str]] = {
    "report": ("Backtest report", "백테스트 리포트"),
    "parameters": ("Parameters", "매개변수"),
    "bars": ("bars", "봉"),
    "summary": ("Summary", "요약"),
    "price": ("Price and trades", "가격과 거래"),
    "equity": ("Equity", "자산"),
    "benchmark": ("Buy and hold", "매수 후 보유"),
    "drawdown": ("Drawdown", "낙폭"),
    "log": ("Log scale", "로그 축"),
    "line": ("Line", "선"),
    "candles": ("Candles", "캔들"),
    "monthly": ("Monthly returns", "월별 수익률"),
    "year": ("Year", "연도"),
    "distribution": ("Distribution of daily returns", "일별 수익률 분포"),
    "days": ("days", "일"),
    "rolling": ("Rolling Sharpe ratio", "이동 샤프 지수"),
    "window_days": ("days to each point", "일 기준"),
    "too_little": ("too little to measure", "측정할 것이 부족합니다"),
    "plots": ("The strategy's own plots", "전략이 그린 값"),
    "metrics": ("Metrics", "지표"),
    "trades": ("Trades", "거래 내역"),
    "no_trades": ("The strategy made no trades.", "체결된 거래가 없습니다."),
    "no_orders": (
        "The strategy asked for no order: self.log(...) in on_bar tells what it saw",
        "전략이 주문을 내지 않았습니다. on_bar의 self.log(...)로 무엇을 보았는지 알 수 있습니다",
    ),
    "first_orders": (
        "{told} (of its first {count} orders; the report tells of all)",
        "{told} (처음 주문 {count}건 기준이며 전체는 보고서에 있습니다)",
    ),
    "refused_orders": (
        "{count} of {all} orders were rejected: {reasons}",
        "주문 {all}건 중 {count}건이 거부되었습니다: {reasons}",
    ),
    "log_tail": (
        "The last {count} of {all} lines of the log:",
        "로그 {all}줄 중 마지막 {count}줄:",
    ),
    "out_of_cash": (
        "insufficient_cash is more than there was: percent=0.95 asks for 95% of equity",
        "insufficient_cash는 가진 것보다 많다는 뜻입니다. percent=0.95가 자산의 95%입니다",
    ),
    "log_whole": ("The log:", "로그:"),
    "logs_dropped": (
        "The log is full: {count} later lines of self.log were dropped",
        "로그가 가득 차서 이후의 self.log {count}줄을 버렸습니다",
    ),
    "plots_dropped": (
        "There are too many points: {count} later ones of self.plot were dropped",
        "점이 너무 많아서 이후의 self.plot 값 {count}개를 버렸습니다",
    ),
    "repeated_rows": (
        "Rows left out because they repeat the one before them: {count}",
        "바로 앞 행과 같아서 뺀 행: {count}개",
    ),
    "best_trades": ("Best trades", "최고의 거래"),
    "worst_trades": ("Worst trades", "최악의 거래"),
    "none": ("None.", "없습니다."),
    "notices": ("Worth a look", "확인해 보세요"),
    "all_warmup": (
        "Warm-up took all {count} bars, so the strategy never acted: it needs more of them",
        "준비 기간이 봉 {count}개를 모두 차지해 전략이 움직이지 못했습니다. 봉이 더 필요합니다",
    ),
    "ruined": (
        "Equity fell to zero or below. --option maintenance=0.1 closes positions before that",
        "자산이 0 이하로 내려갔습니다. --option maintenance=0.1 이면 그 전에 청산합니다",
    ),
    "jump": (
        "{symbol} opens on {day} at {ratio} of the close before. If it was a split, say {option}",
        "{symbol}이(가) {day}에 직전 종가의 {ratio}배로 시작합니다. 분할이라면 {option}",
    ),
    "silence": (
        "{symbol} has no bars between {first} and {last}",
        "{symbol}은(는) {first}부터 {last}까지 봉이 없습니다",
    ),
    "more_of_it": (
        "{symbol}: {count} more like that",
        "{symbol}: 비슷한 곳이 {count}개 더 있습니다",
    ),
    "logs": ("Log", "로그"),
    "settings": ("How it was run", "실행 조건"),
    "receipt": ("Receipt", "영수증"),
    "receipt_note": (
        "The same code, bars, options and seed give the same hash, on any machine.",
        "같은 코드, 봉, 설정, 시드는 어느 컴퓨터에서나 같은 해시를 만듭니다.",
    ),
    "shown_of": ("{shown} of {all} shown", "전체 {all}개 중 {shown}개 표시"),
    "entry": ("Entry", "진입"),
    "exit": ("Exit", "청산"),
    "winning": ("Winning trade", "이익 거래"),
    "losing": ("Losing trade", "손실 거래"),
    "symbol": ("Symbol", "종목"),
    "side": ("Side", "방향"),
    "long": ("long", "매수"),
    "short": ("short", "매도"),
    "size": ("Size", "수량"),
    "entry_ts": ("Opened", "진입 시각"),
    "entry_price": ("Entry price", "진입가"),
    "exit_ts": ("Closed", "청산 시각"),
    "exit_price": ("Exit price", "청산가"),
    "open": ("open", "보유 중"),
    "pnl": ("Profit", "손익"),
    "return": ("Return", "수익률"),
    "commission": ("Commission", "수수료"),
    "tag": ("Tag", "태그"),
    "previous": ("Previous", "이전"),
    "next": ("Next", "다음"),
    "theme": ("Light or dark", "밝게 / 어둡게"),
    "no_script": (
        "The charts and the list of trades need JavaScript; the metrics do not.",
        "차트와 거래 내역은 자바스크립트가 필요합니다. 지표는 그대로 볼 수 있습니다.",
    ),
    "ranges": (
        "Small print: 95% of reshuffled runs lie within",
        "작은 글씨: 재표집 결과의 95%가 이 구간에 있습니다",
    ),
    "confidence": ("95% of reshuffled runs lie within", "재표집 결과의 95% 구간"),
    "group_return": ("Return", "수익"),
    "group_risk": ("Risk", "위험"),
    "group_trades": ("Trades", "거래"),
    "group_costs": ("Activity and costs", "활동과 비용"),
    "group_benchmark": ("Beside the benchmark", "벤치마크 대비"),
    "group_run": ("Run", "실행"),
    "day_short": ("d", "일"),
    "hour_short": ("h", "시간"),
    "minute_short": ("m", "분"),
    "second_short": ("s", "초"),
    "year_total": ("Total", "합계"),
}

MONTHS: dict[Language, tuple[str, ...]] = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "ko": tuple(f"{month}월" for month in range(1, 13)),
}


@dataclass(frozen=True, slots=True)
class Metric:
    """How a metric is shown.

    key    its name in results
    kind   how its value is written
    label  in English and Korean
    """

    key: str
    kind: Kind
    label: tuple[str, str]


METRICS: dict[str, tuple[Metric, ...]] = {
    "group_return": (
        Metric("final_equity", "money", ("Final equity", "최종 자산")),
        Metric("total_return", "fraction", ("Total return", "총수익률")),
        Metric("annual_return", "fraction", ("Return a year", "연환산 수익률")),
        Metric("sharpe", "ratio", ("Sharpe ratio", "샤프 지수")),
        Metric("sortino", "ratio", ("Sortino ratio", "소르티노 지수")),
        Metric("calmar", "ratio", ("Calmar ratio", "칼마 지수")),
        Metric("best_month_return", "fraction", ("Best month", "최고의 달")),
        Metric("worst_month_return", "fraction", ("Worst month", "최악의 달")),
    ),
    "group_risk": (
        Metric("max_drawdown", "fraction", ("Maximum drawdown", "최대 낙폭")),
        Metric("max_drawdown_duration_s", "duration", ("… lasted", "최대 낙폭 기간")),
        Metric("longest_drawdown_s", "duration", ("Longest time below a peak", "최장 회복 기간")),
        Metric("volatility", "fraction", ("Volatility a year", "연환산 변동성")),
        Metric("exposure", "fraction", ("Time in the market", "포지션 보유 비율")),
    ),
    "group_trades": (
        Metric("trade_count", "count", ("Closed trades", "청산된 거래")),
        Metric("open_trade_count", "count", ("Open trades", "보유 중인 거래")),
        Metric("win_rate", "fraction", ("Win rate", "승률")),
        Metric("profit_factor", "ratio", ("Profit factor", "프로핏 팩터")),
        Metric("payoff_ratio", "ratio", ("Average win to average loss", "손익비")),
        Metric("expectancy", "signed_money", ("Profit a trade", "거래당 기대 손익")),
        Metric("avg_win", "signed_money", ("Average win", "평균 이익")),
        Metric("avg_loss", "signed_money", ("Average loss", "평균 손실")),
        Metric("avg_trade_return", "fraction", ("Average return a trade", "거래당 평균 수익률")),
        Metric("best_trade_return", "fraction", ("Best trade", "최고 거래")),
        Metric("worst_trade_return", "fraction", ("Worst trade", "최악 거래")),
        Metric("avg_holding_s", "duration", ("Average holding time", "평균 보유 시간")),
        Metric("max_holding_s", "duration", ("Longest holding time", "최장 보유 시간")),
        Metric("max_wins_in_a_row", "count", ("Most wins in a row", "최다 연속 이익")),
        Metric("max_losses_in_a_row", "count", ("Most losses in a row", "최다 연속 손실")),
    ),
    "group_costs": (
        Metric("fill_count", "count", ("Fills", "체결 수")),
        Metric("turnover", "ratio", ("Turnover a year", "연간 회전율")),
        Metric("commission_paid", "money", ("Commission", "수수료")),
        Metric("tax_paid", "money", ("Taxes", "세금")),
        Metric("slippage_paid", "money", ("Slippage", "슬리피지 비용")),
        Metric("borrow_paid", "money", ("Borrowing of units", "주식·코인 차입 비용")),
        Metric("interest_paid", "money", ("Interest on debt", "차입금 이자")),
        Metric("funding_paid", "money", ("Funding", "펀딩 비용")),
        Metric("financing_paid", "money", ("These three together", "위 세 비용 합계")),
        Metric("dividends_received", "money", ("Dividends", "받은 배당")),
    ),
    "group_benchmark": (
        Metric("benchmark_return", "fraction", ("Benchmark's return", "벤치마크 수익률")),
        Metric("benchmark_annual_return", "fraction", ("… a year", "벤치마크 연환산 수익률")),
        Metric("benchmark_max_drawdown", "fraction", ("… maximum drawdown", "벤치마크 최대 낙폭")),
        Metric("alpha", "fraction", ("Alpha a year", "알파 (연)")),
        Metric("beta", "ratio", ("Beta", "베타")),
        Metric("correlation", "ratio", ("Correlation", "상관계수")),
        Metric("information_ratio", "ratio", ("Information ratio", "정보 비율")),
        Metric("tracking_error", "fraction", ("Tracking error", "추적 오차")),
    ),
    "group_run": (
        Metric("bar_count", "count", ("Bars measured", "측정한 봉")),
        Metric("warmup_bars", "count", ("Bars of warm-up", "준비 봉")),
        Metric("bars_per_year", "count", ("Bars a year", "연간 봉 수")),
        Metric(
            "ambiguous_bars",
            "count",
            ("Bars whose inner order decided", "봉내 순서가 가른 봉"),
        ),
    ),
}

HEADLINE = ("total_return", "annual_return", "sharpe", "max_drawdown", "win_rate", "trade_count")

ESSENTIAL = (
    "final_equity", "total_return", "annual_return", "benchmark_return", "max_drawdown",
    "max_drawdown_duration_s", "volatility", "sharpe", "sortino", "calmar",
    "trade_count", "win_rate", "profit_factor", "expectancy", "avg_win", "avg_loss",
    "avg_holding_s", "exposure", "commission_paid", "ambiguous_bars",
)  # fmt: skip


def text(key: str, language: Language) -> str:
    """Return one text."""
    return TEXTS[key][language == "ko"]


def texts(language: Language) -> dict[str, str]:
    """Return all texts of one language."""
    return {key: pair[language == "ko"] for key, pair in TEXTS.items()}
