"""The data service's expected failures. Codes are public and never change."""

from shared.errors import InvalidInputError, NotFoundError, UnavailableError


class DatasetNotFoundError(NotFoundError):
    code, title = "dataset-not-found", "No such dataset"


class SymbolNotFoundError(NotFoundError):
    code, title = "symbol-not-found", "No bars of this symbol"


class BarsNotFoundError(NotFoundError):
    code, title = "bars-not-found", "No bars in this range"


class TimeframeRequiredError(InvalidInputError):
    code, title = "timeframe-required", "The symbol has bars at several timeframes; name one"


class StorageDowngradeError(UnavailableError):
    code = "storage-downgrade"
    title = "The database lacks what the bars were stored with"
