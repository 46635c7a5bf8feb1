"""The second wall between tenants: PostgreSQL itself hides what belongs to other workspaces.

The first wall is every query's ``workspace_id``. Behind it, a transaction on behalf of a workspace
runs as the role ``naru_app``, which owns nothing and sees the rows of the workspace that
``naru.workspace_id`` names, and none when it names nobody. The owner of the tables, as which
migrations, sweepers and event feeds run, passes a policy of its own; the policies are FORCEd, so
that forgetting one hides rows instead of showing them.

Every table with a column ``workspace_id`` is a tenant's, unless its comment begins with
``across workspaces:`` and goes on to say why. In a table whose comment begins with ``tenants:`` each
row is a tenant itself, by its ``id``. A table whose comment begins with ``platform only:`` is closed
to ``naru_app`` altogether.
"""

from sqlalchemy import Connection, text

from shared.unit_of_work import APP_ROLE, TENANT_SETTING

EXEMPT = "across workspaces:"
TENANTS = "tenants:"
PLATFORM_ONLY = "platform only:"

_ENSURE_ROLE = f"""
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP_ROLE}') THEN
        CREATE ROLE {APP_ROLE} NOLOGIN NOSUPERUSER NOBYPASSRLS;
    END IF;
    IF NOT pg_has_role(current_user, '{APP_ROLE}', 'SET') THEN
        GRANT {APP_ROLE} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    RAISE NOTICE 'another migration made the role just now';
END;
$$
"""

_OPEN_TABLES = """
SELECT c.relname, a.attname
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid
    AND NOT a.attisdropped
    AND a.attname = CASE
        WHEN obj_description(c.oid, 'pg_class') LIKE :tenants THEN 'id' ELSE 'workspace_id' END
WHERE n.nspname = :schema
    AND c.relkind IN ('r', 'p')
    AND coalesce(obj_description(c.oid, 'pg_class'), '') NOT LIKE :exempt
    AND NOT (
        c.relrowsecurity AND c.relforcerowsecurity
        AND EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid AND p.polname = 'tenant')
    )
ORDER BY c.relname
"""

_CLOSED_TABLES = """
SELECT c.relname
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = :schema
    AND c.relkind IN ('r', 'p')
    AND obj_description(c.oid, 'pg_class') LIKE :closed
"""


def secure_schema(connection: Connection, schema: str) -> None:
    """Put the wall around every tenant table of a schema, and let the app role use the schema.

    Runs after every migration, so no table can be forgotten. Needs a login that may create roles,
    or a database where somebody has made ``naru_app`` and granted it to the login.
    """
    connection.execute(text(_ENSURE_ROLE))
    name = f'"{schema}"'
    for grant in (
        f"GRANT USAGE ON SCHEMA {name} TO {APP_ROLE}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {name} TO {APP_ROLE}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {name} TO {APP_ROLE}",
    ):
        connection.execute(text(grant))
    for table, column in _find_open(connection, schema):
        _secure(connection, f'{name}."{table}"', column)
    closed = {"schema": schema, "closed": f"{PLATFORM_ONLY}%"}
    for table in connection.scalars(text(_CLOSED_TABLES), closed).all():
        connection.execute(text(f'REVOKE ALL ON {name}."{table}" FROM {APP_ROLE}'))


def open_tables(connection: Connection, schema: str) -> list[str]:
    """Return the tenant tables that have no wall around them yet."""
    return [table for table, _ in _find_open(connection, schema)]


def _find_open(connection: Connection, schema: str) -> list[tuple[str, str]]:
    """Return those tables, each with the column that says whose a row is."""
    given = {"schema": schema, "exempt": f"{EXEMPT}%", "tenants": f"{TENANTS}%"}
    return [(row[0], row[1]) for row in connection.execute(text(_OPEN_TABLES), given)]


def _secure(connection: Connection, table: str, column: str) -> None:
    own = f"{column} = nullif(current_setting('{TENANT_SETTING}', true), '')::uuid"
    for statement in (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"DROP POLICY IF EXISTS tenant ON {table}",
        f"DROP POLICY IF EXISTS platform ON {table}",
        f"CREATE POLICY tenant ON {table} TO {APP_ROLE} USING ({own}) WITH CHECK ({own})",
        f"CREATE POLICY platform ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)",
    ):
        connection.execute(text(statement))
