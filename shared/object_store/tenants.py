"""Objects of one workspace lie in a folder of its own: all of them go when it goes."""

from uuid import UUID

from shared.object_store.port import ObjectNotFoundError, ObjectStore


def tenant_folder(kind: str, workspace_id: UUID) -> str:
    """Return where a workspace's objects of one kind lie."""
    return f"{kind}/{workspace_id.hex}"


def tenant_key(kind: str, workspace_id: UUID, name: str) -> str:
    """Return the key of an object that belongs to a workspace."""
    return f"{tenant_folder(kind, workspace_id)}/{name}"


async def read_tenant_object(objects: ObjectStore, key: str) -> bytes:
    """Return the bytes of a workspace's object. Raises ObjectNotFoundError.

    What was written before workspaces had folders lies at ``kind/name``, named by its content and
    shared by all workspaces; whoever knows the name may still read it.
    """
    try:
        return await objects.get(key)
    except ObjectNotFoundError:
        kind, _, name = key.split("/")
        return await objects.get(f"{kind}/{name}")
