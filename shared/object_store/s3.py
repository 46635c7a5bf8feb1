"""Objects in a versioned S3 bucket, through boto3 (synchronous, so: in threads)."""

import asyncio
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from shared.errors import UnavailableError
from shared.object_store.port import ObjectNotFoundError
from shared.settings import PlatformSettings

_DEFAULT_REGION = "us-east-1"
_MISSING = {"404", "NoSuchKey", "NoSuchVersion", "NotFound"}


class S3ObjectStore:
    """Keeps objects in one bucket, which has versioning switched on."""

    def __init__(self, settings: PlatformSettings) -> None:
        key_id, secret = settings.s3_access_key_id, settings.s3_secret_access_key
        self._bucket = settings.s3_bucket or ""
        self._region = settings.s3_region
        self._is_prepared = False
        self._client = boto3.client(
            "s3",
            endpoint_url=settings.s3_endpoint_url,
            region_name=settings.s3_region,
            aws_access_key_id=key_id.get_secret_value() if key_id else None,
            aws_secret_access_key=secret.get_secret_value() if secret else None,
            config=Config(
                connect_timeout=3,
                read_timeout=30,
                retries={"max_attempts": 3, "mode": "standard"},
                max_pool_connections=16,
            ),
        )

    async def put(self, key: str, data: bytes) -> str:
        """Store ``data`` and return the bucket's version id; the first time, see to the bucket."""
        if not self._is_prepared:
            await self._prepare()
        answer = await self._call("put_object", Key=key, Body=data)
        return str(answer.get("VersionId", "null"))

    async def get(self, key: str, version_id: str | None = None) -> bytes:
        """Return the object's bytes. Raises ObjectNotFoundError."""
        version = {"VersionId": version_id} if version_id else {}
        answer = await self._call("get_object", Key=key, **version)
        body: bytes = await asyncio.to_thread(answer["Body"].read)
        return body

    async def exists(self, key: str) -> bool:
        """Tell whether the object is there."""
        try:
            await self._call("head_object", Key=key)
        except ObjectNotFoundError:
            return False
        return True

    async def delete(self, key: str) -> None:
        """Delete every version of the object."""
        answer = await self._call("list_object_versions", Prefix=key)
        for entry in [*answer.get("Versions", []), *answer.get("DeleteMarkers", [])]:
            if entry["Key"] == key:
                await self._call("delete_object", Key=key, VersionId=entry["VersionId"])

    async def delete_folder(self, folder: str) -> int:
        """Delete every version of all objects under ``folder``; return how many objects."""
        keys: set[str] = set()
        while True:  # what a page named is gone, so the next first page is the next page
            answer = await self._call("list_object_versions", Prefix=f"{folder}/")
            found = [*answer.get("Versions", []), *answer.get("DeleteMarkers", [])]
            if not found:
                return len(keys)
            keys.update(entry["Key"] for entry in found)
            doomed = [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in found]
            answer = await self._call("delete_objects", Delete={"Objects": doomed, "Quiet": True})
            if answer.get("Errors"):
                raise UnavailableError("the object store did not delete all")

    async def check(self) -> None:
        """Raise UnavailableError when the bucket cannot be used; make it if need be."""
        if not self._is_prepared:
            await self._prepare()
        await self._call("head_bucket")

    async def _prepare(self) -> None:
        """Create the bucket unless it is there, and switch versioning on."""
        try:
            await self._call("head_bucket")
        except ObjectNotFoundError:
            await self._create_bucket()
        await self._call("put_bucket_versioning", VersioningConfiguration={"Status": "Enabled"})
        self._is_prepared = True

    async def _create_bucket(self) -> None:
        # us-east-1 is S3's default, and refused as a constraint.
        place = {"CreateBucketConfiguration": {"LocationConstraint": self._region}}
        try:
            await self._call("create_bucket", **({} if self._region == _DEFAULT_REGION else place))
        except UnavailableError:
            await self._call("head_bucket")  # another process may have been faster

    async def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        call = getattr(self._client, operation)
        try:
            answer: dict[str, Any] = await asyncio.to_thread(call, Bucket=self._bucket, **arguments)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _MISSING:
                raise ObjectNotFoundError(str(arguments.get("Key", self._bucket))) from error
            raise UnavailableError("the object store refused") from error
        except BotoCoreError as error:
            raise UnavailableError("the object store does not answer") from error
        return answer
