"""How the embedded PostgreSQL is set: small in memory, no worker it does not need, durable."""

import sys

_SETTINGS: dict[str, str] = {
    # No TCP: the 0700 folder of the socket decides who gets in.
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    # About 60 MB in all for a platform that idles below 400.
    "shared_buffers": "48MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "32MB",
    "effective_cache_size": "512MB",
    "max_connections": "200",
    "huge_pages": "off",
    # Reads go through the backends themselves: three fewer processes, no hand-over.
    "io_method": "sync",
    "max_worker_processes": "2",
    "max_parallel_workers": "0",
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "max_logical_replication_workers": "0",
    "autovacuum_worker_slots": "2",
    "autovacuum_max_workers": "2",
    # Short queries: compiling costs more than it saves.
    "jit": "off",
    "random_page_cost": "1.1",
    "wal_level": "replica",  # pg_basebackup works
    "max_wal_senders": "2",
    "max_replication_slots": "2",
    "min_wal_size": "64MB",
    "max_wal_size": "512MB",
    "checkpoint_timeout": "15min",
    # A worker that was killed must not keep its locks until its query ends.
    "client_connection_check_interval": "2s",
    "idle_in_transaction_session_timeout": "5min",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %a ",
    "log_checkpoints": "off",
    "log_min_duration_statement": "2s",
}

# One call per file system instead of one per file: after a crash 0.1 s instead of up to 3 on a busy
# disk. Linux only; it reports write errors since 5.8 (syncfs(2)).
SYNC_METHOD = "syncfs" if sys.platform == "linux" else "fsync"

_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

_HEAD = "# Written at every start. Settings of your own: local.conf beside this file.\n"
LOCAL_HEAD = "# Settings of your own; they win over postgresql.conf. Read at every start.\n"


def render_settings(*, durable: bool) -> str:
    """Return `postgresql.conf`; ``durable=False`` is for data that may die with the machine."""
    settings = _SETTINGS | (_DURABLE if durable else _FAST)
    settings["recovery_init_sync_method"] = SYNC_METHOD
    lines = [f"{name} = '{value}'\n" for name, value in settings.items()]
    return "".join([_HEAD, *lines, "include = 'local.conf'\n"])
