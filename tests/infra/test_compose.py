"""The compose files against what the platform really has: commands, settings, services."""

import re
import subprocess
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml  # type: ignore[import-untyped]

from gateway.settings import GatewaySettings
from infra.embedded.valkey import SETTINGS
from naru.cli.services import ALL, Service

_FOLDER = Path(__file__).parents[2] / "infra" / "compose"
_OWN_IMAGE = "naru:"


def _load(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((_FOLDER / name).read_text())
    return content


COMPOSE = _load("compose.yaml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OWN = {name: it for name, it in SERVICES.items() if it["image"].startswith(_OWN_IMAGE)}


def test_every_service_has_its_api_and_its_worker() -> None:
    assert set(ALL) == set(get_args(Service))
    assert {name for name, it in OWN.items() if it["command"][0] == "api"} == {*ALL, "gateway"}
    assert {it["command"][1] for it in OWN.values() if it["command"][0] == "worker"} == set(ALL)
    assert all(it["command"][1] == name for name, it in OWN.items() if it["command"][0] == "api")


@pytest.mark.parametrize("name", ["compose.yaml", "s3.yaml"])
def test_every_variable_is_a_setting(name: str) -> None:
    fields = {f"NARU_{field.upper()}" for field in GatewaySettings.model_fields}
    for service in _load(name)["services"].values():
        if str(service.get("image", _OWN_IMAGE)).startswith(_OWN_IMAGE):
            assert set(service["environment"]) <= fields


def test_addresses_name_services_that_exist() -> None:
    environment = OWN["gateway"]["environment"]
    hosts = {
        name: re.search(r"(?:@|://)([a-z]+)(?=[:/])(?!.*@)", value)
        for name, value in environment.items()
        if name.endswith("_URL") and name != "NARU_PUBLIC_URL"
    }
    assert {name: host and host[1] for name, host in hosts.items()} == {
        "NARU_DATABASE_URL": "postgres",
        "NARU_REDIS_URL": "valkey",
        **{f"NARU_{service.upper()}_URL": service for service in ALL},
    }


def test_secrets_that_are_asked_for_are_made() -> None:
    wanted = set(
        re.findall(r"\$\{(\w+):\?run new-secrets\}", (_FOLDER / "compose.yaml").read_text())
    )
    lines = subprocess.check_output([_FOLDER / "new-secrets"], text=True).splitlines()
    made = dict(line.split("=") for line in lines)

    assert set(made) == wanted
    assert all(len(bytes.fromhex(value)) == 32 for value in made.values())
    assert len(set(made.values())) == len(made)


def test_only_the_gateway_is_published_and_only_on_loopback() -> None:
    ports = {name: it["ports"] for name, it in SERVICES.items() if "ports" in it}

    assert ports == {"gateway": ["${NARU_LISTEN:-127.0.0.1}:${NARU_PORT:-8000}:8000"]}


def test_nothing_that_runs_user_code_has_a_way_out() -> None:
    assert COMPOSE["networks"]["inner"] == {"internal": True}
    outside = {name for name, it in SERVICES.items() if "outer" in it["networks"]}

    assert outside == {"gateway", "notification", "notification-worker"}


def test_own_containers_are_locked_down() -> None:
    for service in OWN.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_foreign_images_are_pinned() -> None:
    for name in set(SERVICES) - set(OWN):
        assert re.search(r":\d+\.\d+\.\d+", SERVICES[name]["image"])


def test_valkey_is_set_as_in_the_embedded_mode() -> None:
    command = SERVICES["valkey"]["command"][-1]

    for option in ("appendonly", "appendfsync", "maxmemory-policy"):
        assert f"--{option} {SETTINGS[option]} " in command
