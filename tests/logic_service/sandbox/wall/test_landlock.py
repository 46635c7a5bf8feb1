"""The rights that each Landlock ABI can take."""

import pytest

from logic_service.sandbox.wall import landlock


@pytest.mark.parametrize(
    ("abi", "file_bits", "network", "scopes"),
    [(1, 13, 0, 0), (2, 14, 0, 0), (3, 15, 0, 0), (4, 15, 3, 0), (5, 16, 3, 0), (7, 16, 3, 3)],
)
def test_a_ruleset_asks_for_what_the_kernel_knows(
    abi: int, file_bits: int, network: int, scopes: int
) -> None:
    assert landlock.ruleset_for(abi) == ((1 << file_bits) - 1, network, scopes)
