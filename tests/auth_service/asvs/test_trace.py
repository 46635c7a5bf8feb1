"""The trace of requirements is complete and up to date."""

from tests.auth_service.asvs.trace import REPORT, find_tests, read_requirements, render


def test_every_requirement_has_a_test_or_a_reason() -> None:
    tests = find_tests()

    bare = [each.id for each in read_requirements() if each.id not in tests and not each.reason]

    assert bare == []


def test_the_report_is_up_to_date() -> None:
    assert REPORT.read_text("utf-8") == render()


def test_requirements_are_numbered_as_in_the_standard() -> None:
    numbers = [tuple(map(int, each.id.split("."))) for each in read_requirements()]

    assert numbers == sorted(set(numbers))
    assert {number[0] for number in numbers} == {6, 7, 8, 9, 10}
