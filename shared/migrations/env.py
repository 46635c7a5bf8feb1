"""Alembic's entry point; ``shared.migrations.run`` hands over the open connection."""

from alembic import context

_attributes = context.config.attributes
_schema = _attributes["schema"]

context.configure(
    connection=_attributes["connection"],
    target_metadata=_attributes.get("metadata"),
    version_table="alembic_version",
    version_table_schema=_schema,
    include_schemas=True,
    include_name=lambda name, kind, _: kind != "schema" or name == _schema,
    transaction_per_migration=False,
)
context.run_migrations()
