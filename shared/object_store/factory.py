"""Choose the object store that the settings name."""

from importlib import import_module

from shared.object_store.files import FileObjectStore
from shared.object_store.port import ObjectStore
from shared.settings import PlatformSettings


def open_object_store(settings: PlatformSettings) -> ObjectStore:
    """Return S3 when a bucket is configured, and the state folder otherwise.

    boto3 is loaded on demand: it would cost every process of an embedded platform 30 MB.
    """
    if settings.s3_bucket:
        store: ObjectStore = import_module("shared.object_store.s3").S3ObjectStore(settings)
        return store
    return FileObjectStore(settings.state_dir / "objects")
