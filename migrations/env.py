"""Alembic's entry: run the migrations on the database of the given URL."""

from alembic import context
from sqlalchemy import create_engine, pool

from authz.db import Base

engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()
