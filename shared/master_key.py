"""Where the master key comes from: the environment, a private file, or a key management service."""

import base64
import binascii
import re
import stat
from importlib import import_module
from pathlib import Path

from pydantic import SecretStr

ENCRYPTION_CONTEXT = {"purpose": "naru-master-key"}
_FILE, _KMS = "file:", "kms:"
_ONLY_OWNER = 0o077
_KEY = re.compile(r"[0-9A-Fa-f]{64}")


def read_master_key(given: str) -> SecretStr:
    """Return the key that ``given`` spells or points to, as 64 hex digits.

    ``file:/path``   a file that nobody but its owner may read
    ``kms:<base64>`` 32 bytes encrypted by AWS KMS with ENCRYPTION_CONTEXT; asked for once, with the
                     credentials and address that boto3 finds in its environment

    Raises ValueError when it cannot be had; the message never holds key material.
    """
    if given.startswith(_FILE):
        return _from_file(Path(given.removeprefix(_FILE)))
    if given.startswith(_KMS):
        return _from_kms(given.removeprefix(_KMS))
    return _checked(given)


def _from_file(path: Path) -> SecretStr:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"the master key file {path} cannot be read") from error
    if mode & _ONLY_OWNER:
        raise ValueError(f"others may read the master key file {path}: chmod 600 it")
    return _checked(text)


def _from_kms(text: str) -> SecretStr:
    # On demand: boto3 costs every process of an embedded platform 30 MB.
    boto3, exceptions = import_module("boto3"), import_module("botocore.exceptions")
    try:
        ciphertext = base64.b64decode(text, validate=True)
        answer = boto3.client("kms").decrypt(
            CiphertextBlob=ciphertext, EncryptionContext=ENCRYPTION_CONTEXT
        )
    except binascii.Error as error:
        raise ValueError("kms: is followed by the ciphertext in Base64") from error
    except (exceptions.ClientError, exceptions.BotoCoreError) as error:
        raise ValueError(f"KMS does not decrypt the master key: {error}") from error
    return _checked(answer["Plaintext"].hex())


def _checked(text: str) -> SecretStr:
    if not _KEY.fullmatch(text):
        raise ValueError("a master key has 64 hex digits: openssl rand -hex 32 makes one")
    return SecretStr(text)
