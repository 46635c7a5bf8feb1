"""What operators see of the traffic, by route, status and plan."""

from tests.gateway.caller import Caller


async def test_requests_are_counted_and_timed_by_route_status_and_plan(
    anonymous: Caller, newcomer: Caller
) -> None:
    await anonymous.call("GET", "/things")
    await newcomer.call("GET", "/things")
    await newcomer.call("GET", "/nothing-of-the-kind")

    text = (await anonymous.http.get("/metrics")).text

    for plan, status in (("anonymous", "401"), ("free", "200")):
        labels = f'operation="list_things",plan="{plan}",status="{status}"'
        assert f"naru_requests_total{{{labels}}}" in text
        timed = f'operation="list_things",plan="{plan}",status="{status[0]}xx"'
        assert f"naru_request_seconds_count{{{timed}}}" in text
    assert 'operation="unknown",plan="free",status="404"' in text
