"""CPU is shared between tenants, not between strategies; crashes back off and halt."""

from logic_service.sandbox.restarting import RestartPolicy, Restarts
from logic_service.sandbox.scheduling import FairQueue


def drain(queue: FairQueue[str], cost: dict[str, float], count: int) -> list[str]:
    order = []
    for _ in range(count):
        got = queue.get()
        assert got is not None
        tenant, item = got
        order.append(item)
        queue.done(tenant, cost[tenant])
    return order


def test_a_tenant_with_many_strategies_gets_no_more_than_one_with_few() -> None:
    queue: FairQueue[str] = FairQueue(2)
    for number in range(6):
        queue.put("many", f"m{number}")
    for number in range(2):
        queue.put("few", f"f{number}")

    order = drain(queue, {"many": 1.0, "few": 1.0}, 8)
    assert order[:4].count("f0") + order[:4].count("f1") == 2


def test_cheap_bars_come_more_often_than_dear_ones() -> None:
    queue: FairQueue[str] = FairQueue(2)
    for _number in range(10):
        queue.put("dear", "d")
        queue.put("cheap", "c")

    order = drain(queue, {"dear": 5.0, "cheap": 1.0}, 10)
    assert order.count("c") >= 7


def test_a_tenant_that_was_away_has_saved_nothing_up() -> None:
    queue: FairQueue[str] = FairQueue(2)
    for _ in range(4):
        queue.put("busy", "b")
    drain(queue, {"busy": 10.0}, 3)
    for _ in range(4):
        queue.put("new", "n")

    order = drain(queue, {"busy": 10.0, "new": 10.0}, 4)
    assert order.count("n") <= 3


def test_one_worker_is_left_to_the_others() -> None:
    queue: FairQueue[str] = FairQueue(2)
    for _ in range(3):
        queue.put("hog", "h")
    queue.put("other", "o")

    assert {queue.get(), queue.get()} == {("hog", "h"), ("other", "o")}


def test_items_of_one_tenant_keep_their_order() -> None:
    queue: FairQueue[str] = FairQueue(3)
    for item in "abc":
        queue.put("one", item)

    assert drain(queue, {"one": 0.0}, 3) == ["a", "b", "c"]


def test_a_closed_queue_lets_workers_go() -> None:
    queue: FairQueue[str] = FairQueue(2)
    queue.close()

    assert queue.get() is None


def test_pauses_double_up_to_a_limit() -> None:
    restarts = Restarts(RestartPolicy(first_delay_s=1, max_delay_s=5, max_crashes=10))
    waits = []
    for now in (0.0, 10.0, 20.0, 30.0):
        restarts.note_crash(now)
        waits.append(restarts.wait_s(now))

    assert waits == [1, 2, 4, 5]
    assert restarts.wait_s(35.0) == 0


def test_old_crashes_are_forgiven() -> None:
    restarts = Restarts(RestartPolicy(max_crashes=3, window_s=100))
    for now in (0.0, 90.0, 180.0, 270.0):
        restarts.note_crash(now)
        assert not restarts.is_halted
    restarts.note_crash(271.0)

    assert restarts.is_halted
