"""Log files of child processes."""

from pathlib import Path

from infra.embedded.logs import rotate, tail


def test_large_log_is_moved_and_the_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    with log.open("ab", buffering=0) as writer:
        for number in range(5):
            writer.write(f"{number}\n".encode() * 10)
            assert rotate(log, at_bytes=20, kept=2)
        assert not rotate(log, at_bytes=20, kept=2)
        writer.write(b"last\n")

    assert log.read_text() == "last\n"
    assert {path.name: path.read_text()[0] for path in tmp_path.glob("*.log.*")} == {
        "worker.log.1": "4",
        "worker.log.2": "3",
    }


def test_tail_gives_the_last_lines_of_this_start(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    log.write_bytes(b"before\n" + b"one\ntwo\nthr\xffee\n")

    assert tail(log, lines=2) == "two\nthr\ufffdee"
    assert tail(log, after=7) == "one\ntwo\nthr\ufffdee"
    assert tail(tmp_path / "missing.log") == ""
