"""The two clients: one for threads, one for event loops. They offer the same."""

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from naru_client.credentials import Credentials, Tokens
from naru_client.errors import SignInRequiredError
from naru_client.exchange import OMIT
from naru_client.resources import AsyncGroups, Groups
from naru_client.retries import RetryPolicy
from naru_client.runs import AsyncBacktests, Backtests
from naru_client.stream import AsyncStream, Stream
from naru_client.transport import AsyncTransport, Transport

DEFAULT_URL = "http://127.0.0.1:8000"
_TIMEOUT_S = 30.0
OnTokens = Callable[[Tokens | None], None]
LoadTokens = Callable[[], Tokens | None]


class NaruClient(Groups):
    """The whole API, for scripts and threads.

    url          where the platform is, without /api/v1
    api_key      signs every call; or else ``tokens``, or :meth:`login`
    tokens       a session from before; it is renewed while it is used
    on_tokens    told about renewed tokens (None: the session has ended), to keep them
    load_tokens  where several processes share a session: what the others have left behind
    timeout_s    for one attempt of one call
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        api_key: str | None = None,
        tokens: Tokens | None = None,
        on_tokens: OnTokens | None = None,
        load_tokens: LoadTokens | None = None,
        retries: RetryPolicy | None = None,
        timeout_s: float = _TIMEOUT_S,
    ) -> None:
        credentials = Credentials(api_key, tokens, on_tokens, load_tokens)
        self._transport = Transport(url, credentials, retries or RetryPolicy(), timeout_s)
        super().__init__(self._transport)
        self.backtests: Backtests = Backtests(self._transport)

    def __repr__(self) -> str:
        """Tell where and as what, without secrets."""
        return f"<NaruClient {self._transport.url} {self._transport.credentials!r}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    @property
    def tokens(self) -> Tokens | None:
        """The session, if there is one."""
        return self._transport.credentials.tokens

    def login(self, email: str, password: str, code: str | None = None) -> None:
        """Begin a session. Raises ApiError; ``second-factor-required`` asks for ``code``."""
        asked: dict[str, Any] = {"email": email, "password": password}
        if code is not None:
            asked["code"] = code
        pair = self.auth.login(**asked)
        tokens = Tokens.lasting(pair.access_token, pair.refresh_token, pair.expires_in)
        self._transport.credentials.replace(tokens)

    def confirm(self, password: str | None = None, code: str | None = None) -> None:
        """Confirm that it is you; wanted before some calls (``step-up-required``)."""
        tokens = self.tokens
        if tokens is None:
            raise SignInRequiredError("sign in first")
        fresh = self.auth.confirm_identity(
            password=OMIT if password is None else password, code=OMIT if code is None else code
        )
        self._transport.credentials.replace(
            Tokens.lasting(fresh.access_token, tokens.refresh_token, fresh.expires_in)
        )

    def switch(self, workspace_id: str) -> None:
        """Work in another workspace from now on; the session stays in it."""
        tokens = self.tokens
        if tokens is None:
            raise SignInRequiredError("sign in first")
        fresh = self.workspaces.act_in(workspace_id)
        self._transport.credentials.replace(
            Tokens.lasting(fresh.access_token, tokens.refresh_token, fresh.expires_in)
        )

    def logout(self) -> None:
        """End the session. Without one, nothing happens."""
        tokens = self.tokens
        if tokens is not None:
            self.auth.logout(refresh_token=tokens.refresh_token)
            self._transport.credentials.replace(None)

    def stream(self, *channels: str, from_seq: int | None = None) -> Stream:
        """Follow channels; ``from_seq`` is the first message wanted."""
        return Stream(self._transport, channels, from_seq)


class AsyncNaruClient(AsyncGroups):
    """The whole API, for event loops; see :class:`NaruClient`."""

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        api_key: str | None = None,
        tokens: Tokens | None = None,
        on_tokens: OnTokens | None = None,
        load_tokens: LoadTokens | None = None,
        retries: RetryPolicy | None = None,
        timeout_s: float = _TIMEOUT_S,
    ) -> None:
        credentials = Credentials(api_key, tokens, on_tokens, load_tokens)
        self._transport = AsyncTransport(url, credentials, retries or RetryPolicy(), timeout_s)
        super().__init__(self._transport)
        self.backtests: AsyncBacktests = AsyncBacktests(self._transport)

    def __repr__(self) -> str:
        """Tell where and as what, without secrets."""
        return f"<AsyncNaruClient {self._transport.url} {self._transport.credentials!r}>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

    @property
    def tokens(self) -> Tokens | None:
        """The session, if there is one."""
        return self._transport.credentials.tokens

    async def login(self, email: str, password: str, code: str | None = None) -> None:
        """Begin a session. Raises ApiError; ``second-factor-required`` asks for ``code``."""
        asked: dict[str, Any] = {"email": email, "password": password}
        if code is not None:
            asked["code"] = code
        pair = await self.auth.login(**asked)
        tokens = Tokens.lasting(pair.access_token, pair.refresh_token, pair.expires_in)
        self._transport.credentials.replace(tokens)

    async def confirm(self, password: str | None = None, code: str | None = None) -> None:
        """Confirm that it is you; wanted before some calls (``step-up-required``)."""
        tokens = self.tokens
        if tokens is None:
            raise SignInRequiredError("sign in first")
        fresh = await self.auth.confirm_identity(
            password=OMIT if password is None else password, code=OMIT if code is None else code
        )
        self._transport.credentials.replace(
            Tokens.lasting(fresh.access_token, tokens.refresh_token, fresh.expires_in)
        )

    async def switch(self, workspace_id: str) -> None:
        """Work in another workspace from now on; the session stays in it."""
        tokens = self.tokens
        if tokens is None:
            raise SignInRequiredError("sign in first")
        fresh = await self.workspaces.act_in(workspace_id)
        self._transport.credentials.replace(
            Tokens.lasting(fresh.access_token, tokens.refresh_token, fresh.expires_in)
        )

    async def logout(self) -> None:
        """End the session. Without one, nothing happens."""
        tokens = self.tokens
        if tokens is not None:
            await self.auth.logout(refresh_token=tokens.refresh_token)
            self._transport.credentials.replace(None)

    def stream(self, *channels: str, from_seq: int | None = None) -> AsyncStream:
        """Follow channels; ``from_seq`` is the first message wanted."""
        return AsyncStream(self._transport, channels, from_seq)
