import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any

import pytest

from naru.report.html import render_html
from tests.naru.engine.scenes import START, bars, walk

HOSTILE = (
    "</script></title></style>\"'<script>alert(1)</script><img src=x onerror=alert(2)>\u2028{{7*7}}"
)


class Page(HTMLParser):
    """Collects what a browser would see: elements, attributes, scripts, visible text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.text: list[str] = []
        self._inside = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts[-1] += data
        elif self._inside != "style":
            self.text.append(data)

    @property
    def data(self) -> dict[str, Any]:
        return json.loads(self.scripts[0])


def test_the_same_run_gives_the_same_page(run: Any) -> None:
    assert render_html(*run()) == render_html(*run())


def test_timings_are_not_on_the_page(run: Any) -> None:
    result, bars = run()
    assert render_html({**result, "timings": {"run_s": 1.0}}, bars) == render_html(result, bars)


def test_figures_and_facts_are_on_the_page(run: Any) -> None:
    result, bars = run(doc="Buys once.\n\nMore.", params={"fast": 10}, commission_bps=10)
    page = Page(render_html(result, bars))
    text = " ".join("".join(page.text).split())

    assert "Scripted" in text
    assert "Buys once." in text
    assert "More." not in text
    assert "BTC-USD" in text
    assert "2024-01-01 \N{EN DASH} 2024-07-18" in text
    assert f"{result['metrics']['final_equity']:,.2f}" in text
    assert result["receipt"]["hash"] in text
    assert page.data["trade_count"] == 1
    assert page.data["trades"][0]["pnl"] == pytest.approx(float(result["trades"][0]["pnl"]))


def test_what_users_wrote_stays_text(run: Any) -> None:
    tag = HOSTILE.replace("\u2028", " ")  # tags are texts of one line
    result, bars = run(
        {3: lambda s: s.buy(1, tag=tag), 5: lambda s: s.position.close()},
        name=HOSTILE,
        doc=HOSTILE,
        params={HOSTILE: HOSTILE},
        logs=[HOSTILE],
        plots=[HOSTILE],
        bars=[walk(50, symbol="<b>X</b>")],
    )
    page = Page(render_html(result, bars))

    assert len(page.scripts) == 3
    assert not [tag for tag, _ in page.tags if tag in {"img", "b>", "iframe", "object", "link"}]
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]
    assert "".join(page.text).count("<script>alert(1)</script>") >= 4
    assert page.data["trades"][0]["tag"] == tag
    assert page.data["plots"][0]["name"] == HOSTILE


def test_only_the_pages_own_scripts_may_run_and_nothing_may_be_loaded(run: Any) -> None:
    page = Page(render_html(*run()))
    [policy] = [attrs["content"] for tag, attrs in page.tags if attrs.get("http-equiv") is not None]
    hashes = [
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in page.scripts[1:]
    ]

    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert re.search(r"script-src ([^;]*);", policy)[1].split() == hashes
    loaded = [
        (name, value)
        for _, attrs in page.tags
        for name, value in attrs.items()
        if name in {"src", "href", "action", "data", "srcset"}
    ]
    assert loaded == []


def test_korean_pages_are_korean(run: Any) -> None:
    page = Page(render_html(*run(), language="ko"))
    text = "".join(page.text)

    assert ("html", {"lang": "ko"}) in page.tags
    assert "총수익률" in text
    assert "Total return" not in text
    assert page.data["texts"]["trades"] == "거래 내역"


def test_runs_without_trades_and_without_a_name_have_a_page(run: Any) -> None:
    page = Page(render_html(*run({}, name="")))
    assert "The strategy made no trades." in "".join(page.text)


def test_a_run_within_its_warm_up_has_a_page(run: Any) -> None:
    page = Page(render_html(*run({}, warmup=500)))
    assert page.data["trades"] == []


def test_bars_of_another_run_are_refused(run: Any) -> None:
    result, _ = run()
    with pytest.raises(ValueError, match="200 steps, the bars have 30"):
        render_html(result, [walk(30)])


def test_confidence_intervals_stand_beside_their_metrics(run: Any) -> None:
    result, bars = run(confidence_samples=40)
    page = Page(render_html(result, bars))
    low, high = result["confidence"]["max_drawdown"]

    assert f"{low:.2%} \N{HORIZONTAL ELLIPSIS} {high:.2%}" in "".join(page.text)


def test_long_logs_are_cut_with_a_note(run: Any) -> None:
    text = "".join(Page(render_html(*run(logs=["x" * 300] * 1_500))).text)
    assert re.search(r"\d+ of 1,500 shown", text)
    assert text.count("x" * 300) < 1_000


def test_months_are_laid_out_by_year(run: Any) -> None:
    page = Page(render_html(*run({})))
    text = " ".join(" ".join(page.text).split())
    assert "Year Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec Total" in text
    assert "2024 0.00 0.00 0.00 0.00 0.00 0.00 0.00 0.00" in text


def test_a_page_asks_about_the_bars_that_a_careful_reader_would(run: Any) -> None:
    halved = bars([(100, 101, 99, 100)] * 30 + [(50, 51, 49, 50)] * 30, symbol="HALF")
    split = [{"symbol": "HALF", "ts": START + 30 * 86_400 * 10**9, "split": 2}]
    script = {0: lambda s: s.buy(1)}
    asked, explained = (
        "".join(Page(render_html(*run(script, [halved], actions=actions))).text)
        for actions in ([], split)
    )

    assert "HALF opens on 2024-01-31 at 0.5 of the close before" in asked
    assert "Worth a look" in asked
    assert "Worth a look" not in explained


@pytest.mark.parametrize("theme", [":root {", ':root:lang(ko) {', ':root[data-theme="dark"] {',
                                   ':root[data-theme="dark"]:lang(ko) {'])  # fmt: skip
def test_texts_stand_out_from_what_is_behind_them(theme: str) -> None:
    """WCAG 2.2, 1.4.3: a contrast of 4.5 to 1."""
    css = files("naru.report").joinpath("assets", "report.css").read_text("utf-8")
    is_dark = "dark" in theme
    base = _colors(css, ':root[data-theme="dark"] {' if is_dark else ":root {")
    colors = base | _colors(css, theme)

    for ink in ("ink", "soft", "faint", "other", "accent", "gain", "loss"):
        for behind in ("card", "page"):
            light, dark = sorted((_luminance(colors[ink]), _luminance(colors[behind])))[::-1]
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, behind)


def _colors(css: str, theme: str) -> dict[str, str]:
    rules = css.split(theme, 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6});", rules))


def _luminance(color: str) -> float:
    """Return the relative luminance, as WCAG 2.2 defines it."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_best_and_worst_trades_stand_out(run: Any) -> None:
    steps = range(0, 180, 10)
    script = {step: lambda s: s.buy(1) for step in steps}
    script |= {step + 5: lambda s: s.position.close() for step in steps}
    result, market = run(script)
    text = " ".join(" ".join(Page(render_html(result, market)).text).split())
    returns = sorted(trade["return"] for trade in result["trades"])
    minus = "\N{MINUS SIGN}"

    best, worst = text.split("Best trades")[1].split("Worst trades")
    assert [f"{each:.2%}" for each in returns[:-6:-1]] == re.findall(r"[0-9.]+%", best)
    assert [f"{each:.2%}".replace("-", minus) for each in returns[:5]] == re.findall(
        rf"{minus}[0-9.]+%", worst
    )[:5]
    assert result["trades"][0]["exit_ts"][:10] in text
    assert "Best trades" not in "".join(Page(render_html(*run({}))).text)


def test_a_docstring_s_first_paragraph_is_shown_without_its_backticks(run: Any) -> None:
    page = render_html(*run(doc="Follow ``minutes`` bars.\n\nAnd more."))
    assert "Follow minutes bars." in page
    assert "And more." not in page
