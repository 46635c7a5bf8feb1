"""An authenticator in software: keeps P-256 keys, and lies when it is told to."""

import base64
import json
import os
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def spell(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unspell(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """One key, made by :meth:`create` and shown by :meth:`get`."""

    origin: str
    rp_id: str
    flags: int = PRESENT | VERIFIED
    count: int = 0
    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    id: bytes = field(default_factory=lambda: os.urandom(16))
    user_handle: bytes = b""

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer ``navigator.credentials.create()``."""
        self.user_handle = unspell(options["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        attested = bytes(16) + len(self.id).to_bytes(2) + self.id + cbor2.dumps(public)
        statement = {
            "fmt": "none",
            "attStmt": {},
            "authData": self._data(ATTESTED) + attested,
        }
        client_data = self._client_data("webauthn.create", options["challenge"])
        return self._credential(
            clientDataJSON=client_data, attestationObject=spell(cbor2.dumps(statement))
        )

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer ``navigator.credentials.get()``."""
        self.count += 1
        data = self._data()
        client_data = self._client_data("webauthn.get", options["challenge"])
        signed = data + sha256(unspell(client_data)).digest()
        return self._credential(
            clientDataJSON=client_data,
            authenticatorData=spell(data),
            signature=spell(self.key.sign(signed, ECDSA(SHA256()))),
            userHandle=spell(self.user_handle),
        )

    def _data(self, more: int = 0) -> bytes:
        place = sha256(self.rp_id.encode()).digest()
        return place + bytes([self.flags | more]) + self.count.to_bytes(4)

    def _client_data(self, kind: str, challenge: str) -> str:
        content = {"type": kind, "challenge": challenge, "origin": self.origin}
        return spell(json.dumps(content | {"crossOrigin": False}).encode())

    def _credential(self, **response: str) -> dict[str, Any]:
        return {
            "id": spell(self.id),
            "rawId": spell(self.id),
            "type": "public-key",
            "response": response | {"transports": ["internal"]},
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
        }
