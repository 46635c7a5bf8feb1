"""A service that does not answer is left alone, and found again when it is back."""

import httpx2
import pytest

from shared.http.breaker import CircuitBreaker, CircuitOpenError


class Service(httpx2.AsyncBaseTransport):
    """Answers, or does not; counts how often it was asked."""

    def __init__(self) -> None:
        self.is_away = False
        self.asked = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.asked += 1
        if self.is_away:
            raise httpx2.ConnectError("nobody listens", request=request)
        return httpx2.Response(500)


async def ask(breaker: CircuitBreaker) -> int:
    answer = await breaker.handle_async_request(httpx2.Request("GET", "http://service/"))
    return answer.status_code


async def fail(breaker: CircuitBreaker, times: int) -> None:
    for _ in range(times):
        with pytest.raises(httpx2.ConnectError):
            await ask(breaker)


async def test_it_opens_after_failures_in_a_row_and_asks_no_more() -> None:
    service = Service()
    breaker = CircuitBreaker(service, "service", failures=3, pause_s=60)
    service.is_away = True
    await fail(breaker, 2)
    service.is_away = False
    await ask(breaker)
    service.is_away = True

    await fail(breaker, 3)
    asked = service.asked
    with pytest.raises(CircuitOpenError):
        await ask(breaker)

    assert service.asked == asked


async def test_it_looks_again_and_closes_with_the_first_answer() -> None:
    service = Service()
    breaker = CircuitBreaker(service, "service", failures=2, pause_s=0)
    service.is_away = True
    await fail(breaker, 3)

    service.is_away = False

    assert [await ask(breaker) for _ in range(3)] == [500, 500, 500]
    assert service.asked == 6


async def test_while_one_looks_the_others_go_on_failing() -> None:
    service = Service()
    breaker = CircuitBreaker(service, "service", failures=1, pause_s=60)
    service.is_away = True
    await fail(breaker, 1)
    breaker._silent_until = 0.0  # the pause is over

    await fail(breaker, 1)
    with pytest.raises(CircuitOpenError):
        await ask(breaker)

    assert service.asked == 2
