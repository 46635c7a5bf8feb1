"""Answers as typed values."""

import inspect

from naru_client import NaruClient
from naru_client.decoding import decode
from naru_client.exchange import Answer


def test_an_archive_comes_byte_for_byte() -> None:
    archive = b"PK\x03\x04\xff\xfe\x00"

    assert decode(bytes, Answer(200, {}, archive)) == archive
    with NaruClient("http://127.0.0.1:9", api_key="sk_live_x") as client:
        assert inspect.signature(client.me.download_export).return_annotation in (bytes, "bytes")
