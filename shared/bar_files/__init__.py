"""Files of bars: Parquet, CSV and CSV.gz in, checked; Parquet out."""

from shared.bar_files.errors import BarFileError, BarFileProblem
from shared.bar_files.limits import BarFileLimits
from shared.bar_files.quality import Gap, QualityReport
from shared.bar_files.reading import BarFile, read_bars, symbol_from_name
from shared.bar_files.writing import write_bars

__all__ = [
    "BarFile",
    "BarFileError",
    "BarFileLimits",
    "BarFileProblem",
    "Gap",
    "QualityReport",
    "read_bars",
    "symbol_from_name",
    "write_bars",
]
