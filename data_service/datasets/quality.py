"""Put what is known of the completeness of bars in public words."""

from data_service.bars.repository import instant
from data_service.contract.datasets import Gap, Quality
from shared.bar_files import QualityReport


def present_quality(report: QualityReport) -> Quality:
    """Return the public form of a report."""
    return Quality(
        bar_count=report.bars,
        zero_volume_count=report.zero_volume_bars,
        gap_count=report.gap_count,
        missing_count=report.missing_bars,
        regular_gap_count=report.regular_gap_count,
        gaps=[
            Gap(
                after=instant(gap.after_ts),
                before=instant(gap.before_ts),
                missing_count=gap.missing_bars,
            )
            for gap in report.gaps
        ],
    )
