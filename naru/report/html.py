"""A run as one HTML page that needs nothing else: no server, no network, no other file."""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from naru.bars import Bars
from naru.engine.instruments import read_actions
from naru.report.catalogue import HEADLINE, METRICS, MONTHS, Language, Metric, text, texts
from naru.report.extremes import best_and_worst
from naru.report.formats import write, write_metric
from naru.report.log import log_line
from naru.report.notices import notices, outcome
from naru.report.page import page_data
from naru.report.refusals import refusals

_LOG_LINES = 1_000
_LOG_CHARACTERS = 200_000
_TONED = {"total_return", "annual_return", "sharpe", "expectancy", "alpha", "benchmark_return"}


def render_html(result: Mapping[str, Any], bars: Sequence[Bars], language: Language = "en") -> str:
    """Return a result of ``naru.result.build_result`` as a page; same result, same bytes.

    Texts of the strategy (names, tags, logs, parameters) are shown as text whatever they hold:
    the template escapes them, scripts set them as text, and a content security policy lets no
    script run but the page's own, known by their hashes. ``timings`` are not shown. Raises
    ``ValueError`` when the bars are not those of the result.
    """
    data = _script_safe(orjson.dumps(page_data(result, bars, language)).decode())
    scripts = {"plotly": _plotly(), "script": _asset("report.js")}
    metrics = result["metrics"]
    page: str = _template().render(
        language=language,
        t=texts(language),
        css=Markup(_asset("report.css")),  # noqa: S704 - our own file
        policy=_policy(scripts.values()),
        data=Markup(data),  # noqa: S704 - escaped above
        **{name: Markup(script) for name, script in scripts.items()},  # noqa: S704 - not users'
        name=result["strategy"].get("name") or text("report", language),
        about=result["strategy"].get("doc", "").split("\n\n")[0].replace("``", ""),
        symbols=_symbols(result["symbols"]),
        timeframes=", ".join(dict.fromkeys(each.timeframe for each in bars)),
        first_day=result["equity"]["ts"][0][:10],
        last_day=result["equity"]["ts"][-1][:10],
        bar_count=f"{result['bars']:,}",
        params=list(result["receipt"]["params"].items()),
        tiles=_tiles(metrics, language),
        groups=_groups(metrics, result.get("confidence", {}), language),
        has_ranges=bool(result.get("confidence")),
        notices=outcome(metrics, language)
        + notices(bars, read_actions("actions", result["receipt"]["config"]["actions"]), language),
        month_names=MONTHS[language],
        months=_months(result["monthly_returns"], language),
        trade_count=len(result["trades"]),
        extremes=best_and_worst(result["trades"], language),
        refused=refusals(result["orders"], language),
        **_logs(result["logs"], language),
        settings=_pairs(result["receipt"]["config"]),
        receipt=_pairs({key: value for key, value in result["receipt"].items() if key != "config"}),
    )
    return page


@cache
def _template() -> Any:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    return environment.from_string(_asset("report.html.j2"))


@cache
def _asset(name: str) -> str:
    return files("naru.report").joinpath("assets", name).read_text("utf-8")


@cache
def _plotly() -> str:
    """Return the plotting library's own bundle, read without importing its Python half."""
    spec = find_spec("plotly")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("the plotly package is not installed")
    folder = Path(next(iter(spec.submodule_search_locations)))
    source = (folder / "package_data" / "plotly.min.js").read_text("utf-8")
    # Inside a script element the text ends at the first such tag, wherever it stands.
    return source.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _policy(scripts: Iterable[str]) -> str:
    hashes = (base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in scripts)
    allowed = " ".join(f"'sha256-{each}'" for each in hashes)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def _script_safe(data: str) -> str:
    """Escape what could end or confuse the script element that holds the JSON."""
    for character in ("<", ">", "&", "\u2028", "\u2029"):
        data = data.replace(character, f"\\u{ord(character):04x}")
    return data


def _symbols(symbols: Sequence[str]) -> list[str]:
    return list(symbols) if len(symbols) <= 12 else [*symbols[:11], f"+{len(symbols) - 11}"]


def _tiles(metrics: Mapping[str, Any], language: Language) -> list[dict[str, str]]:
    known = {metric.key: metric for group in METRICS.values() for metric in group}
    return [_row(known[key], metrics.get(key), language) for key in HEADLINE]


def _groups(
    metrics: Mapping[str, Any], confidence: Mapping[str, Any], language: Language
) -> list[dict[str, Any]]:
    return [
        {
            "label": text(key, language),
            "rows": [
                {
                    **_row(metric, metrics.get(metric.key), language),
                    "range": _range(metric, confidence.get(metric.key), language),
                }
                for metric in group
            ],
        }
        for key, group in METRICS.items()
    ]


def _range(metric: Metric, bounds: Sequence[float | None] | None, language: Language) -> str:
    if not bounds or None in bounds:
        return ""
    return " \N{HORIZONTAL ELLIPSIS} ".join(
        write_metric(metric, bound, language) for bound in bounds
    )


def _row(metric: Metric, value: float | None, language: Language) -> dict[str, str]:
    tone = ""
    if metric.key in _TONED and value:
        tone = "gain" if value > 0 else "loss"
    return {
        "label": metric.label[language == "ko"],
        "value": write_metric(metric, value, language),
        "tone": tone,
    }


def _months(months: Sequence[Mapping[str, Any]], language: Language) -> list[dict[str, Any]]:
    """Lay monthly returns out as years of twelve cells and a total; the stronger, the deeper."""
    by_year: dict[str, dict[int, float]] = {}
    for each in months:
        year, month = each["month"].split("-")
        by_year.setdefault(year, {})[int(month)] = each["return"]
    scale = max((abs(each["return"]) for each in months), default=0.0)
    rows = []
    for year, values in by_year.items():
        total = 1.0
        for value in values.values():
            total *= 1.0 + value
        cells = [_cell(values.get(month), scale, language) for month in range(1, 13)]
        rows.append({"year": year, "cells": [*cells, _cell(total - 1.0, 0.0, language)]})
    return rows


def _cell(value: float | None, scale: float, language: Language) -> dict[str, Any]:
    if value is None:
        return {"value": "", "flat": False, "color": "", "strength": ""}
    written = write("fraction", value, language).removesuffix("%")
    if not scale or value == 0.0:
        return {"value": written, "flat": value == 0.0, "color": "", "strength": ""}
    strength = 0.08 + 0.5 * min(1.0, abs(value) / scale) ** 0.7
    return {
        "value": written,
        "flat": False,
        "color": "gain" if value > 0 else "loss",
        "strength": f"{strength:.2f}",
    }


def _logs(logs: Sequence[Mapping[str, Any]], language: Language) -> dict[str, Any]:
    lines: list[str] = []
    room = _LOG_CHARACTERS
    for line in logs[:_LOG_LINES]:
        lines.append(log_line(line)[:room])
        room -= len(lines[-1])
        if room <= 0:
            break
    note = ""
    if len(lines) < len(logs):
        note = text("shown_of", language).format(shown=f"{len(lines):,}", all=f"{len(logs):,}")
    return {"logs": lines, "logs_note": note}


def _pairs(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (key, value if isinstance(value, str) else orjson.dumps(value).decode())
        for key, value in facts.items()
    ]
