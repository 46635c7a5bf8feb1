"""A job is read to its last byte, and to no other: what follows on the channel is another's."""

import socket

import pytest

from logic_service.sandbox.job import Job, Task, encode_job, receive_job, send_job

_ONE_READ = 32 << 10  # what is read of a channel at once


def _job_of(size: int) -> Job:
    """Return a job that is so many bytes long on the channel, its head included."""
    bare = Job(Task.LIVE, b"", 1.0, 1)
    job = Job(Task.LIVE, bytes(size - 4 - len(encode_job(bare))), 1.0, 1)
    assert len(encode_job(job)) == size - 4
    return job


@pytest.mark.parametrize("over", [-3, -2, -1, 0, 1])
def test_nothing_of_a_job_is_left_on_the_channel(over: int) -> None:
    job = _job_of(_ONE_READ + over)
    host, child = socket.socketpair()
    with host, child:
        send_job(host, job, [], are_bars_laid=True)
        received, descriptor, are_bars_laid = receive_job(child)
        host.sendall(b"next")
        host.shutdown(socket.SHUT_WR)
        rest = child.recv(100)

    assert received.blob == job.blob
    assert descriptor is None
    # Where the job fills a read, the child finds out when it waits for the columns.
    assert rest == (b"next" if are_bars_laid else b"!!next")
