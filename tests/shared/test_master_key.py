"""The master key comes from the environment, a private file or KMS; never from anywhere else."""

import base64
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from pydantic import ValidationError

from shared.master_key import ENCRYPTION_CONTEXT, read_master_key
from shared.settings import PlatformSettings

KEY = "0f" * 32


@pytest.fixture
def kms_key(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the id of a KMS key, in an AWS of this test's own."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]


def _encrypt(key_id: str, context: dict[str, str]) -> str:
    answer = boto3.client("kms").encrypt(
        KeyId=key_id, Plaintext=bytes.fromhex(KEY), EncryptionContext=context
    )
    return "kms:" + base64.b64encode(answer["CiphertextBlob"]).decode()


def test_hex_digits_are_taken_as_they_are() -> None:
    assert read_master_key(KEY).get_secret_value() == KEY


def test_a_private_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(f"{KEY}\n")
    path.chmod(0o600)

    assert read_master_key(f"file:{path}").get_secret_value() == KEY


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    path.write_text(KEY)
    path.chmod(mode)

    with pytest.raises(ValueError, match="chmod 600") as refused:
        read_master_key(f"file:{path}")
    assert KEY not in str(refused.value)


@pytest.mark.parametrize("text", ["", "abc", "0f" * 31, "0f" * 33, "zz" * 32])
def test_what_is_no_key_is_refused_with_what_makes_one(text: str) -> None:
    with pytest.raises(ValueError, match="openssl rand -hex 32") as refused:
        read_master_key(text)
    assert not text or text not in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        read_master_key(f"file:{tmp_path}/none")


def test_kms_opens_what_it_sealed_for_this_purpose(kms_key: str) -> None:
    assert read_master_key(_encrypt(kms_key, ENCRYPTION_CONTEXT)).get_secret_value() == KEY


def test_kms_does_not_open_what_was_sealed_for_another(kms_key: str) -> None:
    with pytest.raises(ValueError, match="KMS does not decrypt"):
        read_master_key(_encrypt(kms_key, {"purpose": "another"}))


@pytest.mark.parametrize("text", ["kms:!!!", "kms:AAAA"])
def test_nonsense_is_no_ciphertext(kms_key: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"KMS|Base64"):
        read_master_key(text)


def test_settings_read_present_and_previous_keys(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "key"
    path.write_text(KEY)
    path.chmod(0o600)
    monkeypatch.setenv("NARU_DATABASE_URL", "postgresql://x")
    monkeypatch.setenv("NARU_REDIS_URL", "redis://x")
    monkeypatch.setenv("NARU_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("NARU_MASTER_KEY", f"file:{path}")
    monkeypatch.setenv("NARU_PREVIOUS_MASTER_KEYS", f'["{"aa" * 32}"]')

    settings = PlatformSettings()  # type: ignore[call-arg]

    assert settings.master_key.get_secret_value() == KEY
    assert [key.get_secret_value() for key in settings.previous_master_keys] == ["aa" * 32]
    assert KEY not in repr(settings)
    monkeypatch.setenv("NARU_MASTER_KEY", "file:/nowhere")
    with pytest.raises(ValidationError, match="cannot be read"):
        PlatformSettings()  # type: ignore[call-arg]
