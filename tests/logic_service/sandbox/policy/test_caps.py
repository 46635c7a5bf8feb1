"""Bounds on the text of a source, which the host's own process looks at."""

import pytest

from logic_service.sandbox.policy import caps

TOO_DEEP = "(" * (caps.MAX_BRACKET_DEPTH + 1)


def codes(source: str) -> list[str]:
    """Return the codes of what is wrong with the text."""
    return [problem.code for problem in caps.text_problems(source)]


def test_brackets_are_counted_outside_of_texts_and_comments() -> None:
    assert codes(TOO_DEEP) == ["source-too-complex"]
    assert codes(f"x = '{TOO_DEEP}'  # {TOO_DEEP}") == []
    assert codes(f"x = '''\n\\'''\"{TOO_DEEP}'''") == []
    assert codes(f'x = """""" + "\\"" + {TOO_DEEP}') == ["source-too-complex"]
    assert codes(TOO_DEEP[1:] + ")" * len(TOO_DEEP) + TOO_DEEP[1:]) == []


@pytest.mark.parametrize("opening", ['"""', "'''", '\\"""', '"', "'", '"\\\n'])
@pytest.mark.parametrize("end", ["", "\\"])
def test_a_text_that_never_closes_is_taken_as_a_whole(opening: str, end: str) -> None:
    """Were it looked through again from every quote, thousands of quotes would hold the host up."""
    assert codes(opening + TOO_DEEP + end) == []


@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_text_of_one_line_ends_with_its_line(quote: str) -> None:
    assert codes(f"{quote}never closed\n{TOO_DEEP}") == ["source-too-complex"]
    assert codes(f"{quote}goes on \\\n{TOO_DEEP}{quote}") == []
