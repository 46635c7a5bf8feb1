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
    answer_deadline_s            how long a service on another host may take to begin its answer
    """

    service: ClassVar[str] = "gateway"

    cors_origins: tuple[str, ...] = ()
    anonymous_per_minute: int = 300
    anonymous_burst: int = 60
    trusted_hops: int = Field(default=0, ge=0, le=10)
    body_deadline_s: float = 25.0
    upload_idle_s: float = 25.0
    answer_deadline_s: float = 30.0
