"""Numbers as people read them."""

from naru.report.catalogue import Kind, Language, Metric, text

UNDEFINED = "\N{EN DASH}"
_MINUS = "\N{MINUS SIGN}"


def write_metric(metric: Metric, value: float | None, language: Language) -> str:
    """Return a metric's value as text; a dash when it is undefined."""
    if value is None:
        return UNDEFINED
    return write(metric.kind, value, language)


def write(kind: Kind, value: float, language: Language) -> str:
    """Return a number as text in the way of its kind."""
    if kind == "fraction":
        return _signed(f"{value * 100:,.2f}%")
    if kind == "ratio":
        return _signed(f"{value:,.2f}")
    if kind == "count":
        return _signed(f"{value:,.0f}")
    if kind == "duration":
        return duration(value, language)
    return _signed(f"{value:,.2f}")


def duration(seconds: float, language: Language) -> str:
    """Return a duration in its two largest units: ``3d 4h``."""
    left = round(seconds)
    counts = []
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        count, left = divmod(left, length)
        counts.append((count, unit))
    largest = next((place for place, (count, _) in enumerate(counts) if count), len(counts) - 1)
    return " ".join(
        f"{count:,}{text(f'{unit}_short', language)}"
        for place, (count, unit) in enumerate(counts[largest : largest + 2])
        if count or place == 0
    )


def _signed(digits: str) -> str:
    if not digits.startswith("-"):
        return digits
    # A value that rounds to zero has no sign.
    return _MINUS + digits[1:] if digits.strip("-0.,%") else digits[1:]
