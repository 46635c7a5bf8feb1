"""One contract for both stores: files in a folder, and S3 (moto speaks its protocol)."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest
from moto import mock_aws
from pydantic import SecretStr

from shared.errors import UnavailableError
from shared.object_store.factory import open_object_store
from shared.object_store.files import FileObjectStore
from shared.object_store.port import ObjectNotFoundError, ObjectStore
from shared.object_store.s3 import S3ObjectStore
from shared.object_store.tenants import read_tenant_object, tenant_folder, tenant_key
from shared.settings import PlatformSettings


def settings_of(folder: Path, bucket: str | None = None) -> PlatformSettings:
    return PlatformSettings(
        database_url=SecretStr("postgresql://unused"),
        redis_url=SecretStr("redis://unused"),
        master_key=SecretStr("00" * 32),
        state_dir=folder,
        s3_bucket=bucket,
        s3_access_key_id=SecretStr("testing"),
        s3_secret_access_key=SecretStr("testing"),
    )


@pytest.fixture(params=["files", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ObjectStore]:
    """Return each store in turn, empty."""
    if request.param == "files":
        yield open_object_store(settings_of(tmp_path))
        return
    with mock_aws():
        yield open_object_store(settings_of(tmp_path, bucket="naru"))


@pytest.fixture(autouse=True)
async def ready(store: ObjectStore) -> None:
    await store.check()


def test_settings_choose_the_store(store: ObjectStore, request: pytest.FixtureRequest) -> None:
    kinds = {"files": FileObjectStore, "s3": S3ObjectStore}

    assert isinstance(store, kinds[request.node.callspec.params["store"]])


async def test_object_is_read_back_byte_for_byte(store: ObjectStore) -> None:
    data = bytes(range(256)) * 100

    version_id = await store.put("sources/ws/abc.py", data)

    assert version_id
    assert await store.get("sources/ws/abc.py") == data
    assert await store.get("sources/ws/abc.py", version_id) == data
    assert await store.exists("sources/ws/abc.py")


async def test_empty_object_is_an_object(store: ObjectStore) -> None:
    await store.put("empty", b"")

    assert await store.get("empty") == b""


async def test_missing_object_is_not_found(store: ObjectStore) -> None:
    assert not await store.exists("nothing/here")
    with pytest.raises(ObjectNotFoundError):
        await store.get("nothing/here")


async def test_unknown_version_is_not_found(store: ObjectStore) -> None:
    await store.put("a", b"1")

    with pytest.raises(ObjectNotFoundError):
        await store.get("a", sha256(b"2").hexdigest())


async def test_deleted_object_is_gone_with_all_versions(store: ObjectStore) -> None:
    version_id = await store.put("a", b"1")
    await store.put("a", b"1")
    await store.put("ab", b"neighbour")

    await store.delete("a")
    await store.delete("a")

    assert not await store.exists("a")
    with pytest.raises(ObjectNotFoundError):
        await store.get("a", version_id)
    assert await store.get("ab") == b"neighbour"


async def test_check_may_run_again_and_keeps_objects(store: ObjectStore) -> None:
    await store.put("a", b"1")

    await store.check()

    assert await store.get("a") == b"1"


@pytest.mark.parametrize("region", ["us-east-1", "ap-northeast-2"])
async def test_first_object_makes_the_bucket_and_keeps_versions(
    tmp_path: Path, region: str
) -> None:
    """Nobody has called ``check`` before: a platform writes as soon as it is asked to."""
    settings = settings_of(tmp_path, bucket="fresh").model_copy(update={"s3_region": region})
    with mock_aws():
        first, second = S3ObjectStore(settings), S3ObjectStore(settings)

        version_id = await first.put("a", b"1")
        await second.put("a", b"2")

        assert await first.get("a", version_id) == b"1"
        assert await first.get("a") == b"2"


@pytest.mark.parametrize("key", ["../escape", "/etc/passwd", "a//b", "", ".hidden", "a/../b", "A"])
async def test_keys_cannot_leave_the_folder(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="not an object key"):
        await FileObjectStore(tmp_path).put(key, b"")


async def test_no_half_written_files_are_left(tmp_path: Path) -> None:
    await FileObjectStore(tmp_path).put("folder/name", b"data")

    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["name"]


async def test_store_that_does_not_answer_is_unavailable(tmp_path: Path) -> None:
    nowhere = settings_of(tmp_path, bucket="naru").model_copy(
        update={"s3_endpoint_url": "http://127.0.0.1:1"}
    )

    with pytest.raises(UnavailableError):
        await S3ObjectStore(nowhere).check()


async def test_a_folder_goes_with_all_that_is_in_it(store: ObjectStore) -> None:
    mine, other = UUID(int=1), UUID(int=2)
    for number in range(3):
        await store.put(tenant_key("results", mine, f"{number}"), b"first")
    await store.put(tenant_key("results", mine, "0"), b"again")
    await store.put(tenant_key("results", other, "0"), b"theirs")

    assert await store.delete_folder(tenant_folder("results", mine)) == 3
    assert await store.delete_folder(tenant_folder("results", mine)) == 0

    assert not await store.exists(tenant_key("results", mine, "0"))
    assert await store.get(tenant_key("results", other, "0")) == b"theirs"


async def test_what_was_shared_before_is_still_read(store: ObjectStore) -> None:
    await store.put("results/abc", b"of before")
    key = tenant_key("results", UUID(int=1), "abc")

    assert await read_tenant_object(store, key) == b"of before"
    await store.put(key, b"of now")
    assert await read_tenant_object(store, key) == b"of now"
    with pytest.raises(ObjectNotFoundError):
        await read_tenant_object(store, tenant_key("results", UUID(int=1), "missing"))
