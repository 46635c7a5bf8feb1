"""The gateway's environment: ``GATEWAY_*``, or ``NARU_*`` for what all services share."""

from typing import ClassVar

from pydantic import Field

from shared.settings import PlatformSettings


class GatewaySettings(PlatformSettings):
    """See PlatformSettings.

    cors_origins                 web origins whose pages may call the API; ``*`` is not understood
    anonymous_per_minute         requests a minute from one address that has not signed in
    anonymous_burst              how many of them at once
    trusted_hops                 proxies of ours in front: clients are known by the address that
                                 the outermost wrote into X-Forwarded-For; 0 believes no header
    body_deadline_s              how long a client may take to send a JSON body
    upload_idle_s                how long an upload may pause
    upload_bytes_per_s           the least that an upload has to come to, on the whole
    answer_deadline_s            how long a service may take to begin its answer
    upload_deadline_s            the same for operations that take uploads, the upload included
    most_requests_at_once        how many requests one process works on; others get a 503 at once
    most_body_bytes_at_once      how much of their bodies it holds in memory
    """

    service: ClassVar[str] = "gateway"

    cors_origins: tuple[str, ...] = ()
    anonymous_per_minute: int = 300
    anonymous_burst: int = 60
    trusted_hops: int = Field(default=0, ge=0, le=10)
    body_deadline_s: float = 25.0
    upload_idle_s: float = 25.0
    upload_bytes_per_s: int = 16 * 1024
    answer_deadline_s: float = 30.0
    upload_deadline_s: float = 900.0
    most_requests_at_once: int = 512
    most_body_bytes_at_once: int = 64 * 1024 * 1024
