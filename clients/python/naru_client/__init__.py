"""A typed client of Naru's API, for threads (:class:`NaruClient`) and for event loops
(:class:`AsyncNaruClient`).
"""

from naru_client.client import AsyncNaruClient, NaruClient
from naru_client.credentials import Tokens
from naru_client.errors import (
    ApiError,
    BadRequestError,
    ConflictError,
    ConnectionFailedError,
    ContentTooLargeError,
    FieldProblem,
    ForbiddenError,
    InvalidInputError,
    NaruError,
    NotAuthenticatedError,
    NotFoundError,
    PreconditionFailedError,
    PreconditionRequiredError,
    RateLimitedError,
    ServerError,
    SignInRequiredError,
    StreamError,
    UnavailableError,
    UnexpectedAnswerError,
    WaitTimeoutError,
)
from naru_client.exchange import OMIT
from naru_client.live import Gap, Message
from naru_client.retries import NO_RETRIES, RetryPolicy
from naru_client.runs import AsyncBacktestRun, BacktestRun
from naru_client.stream import AsyncStream, Stream

__all__ = [
    "NO_RETRIES",
    "OMIT",
    "ApiError",
    "AsyncBacktestRun",
    "AsyncNaruClient",
    "AsyncStream",
    "BacktestRun",
    "BadRequestError",
    "ConflictError",
    "ConnectionFailedError",
    "ContentTooLargeError",
    "FieldProblem",
    "ForbiddenError",
    "Gap",
    "InvalidInputError",
    "Message",
    "NaruClient",
    "NaruError",
    "NotAuthenticatedError",
    "NotFoundError",
    "PreconditionFailedError",
    "PreconditionRequiredError",
    "RateLimitedError",
    "RetryPolicy",
    "ServerError",
    "SignInRequiredError",
    "Stream",
    "StreamError",
    "Tokens",
    "UnavailableError",
    "UnexpectedAnswerError",
    "WaitTimeoutError",
]
