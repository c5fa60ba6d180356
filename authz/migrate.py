"""Bring a database's schema to the version of this release."""

import logging

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, pool

from authz.settings import data_dir

log = logging.getLogger(__name__)


def migrate(url: str) -> None:
    """Run every migration that the database lacks."""
    command.upgrade(_config(url), "head")
    log.info("migrated to %s", newest_revision())


def revert(url: str) -> None:
    """Undo every migration. What the tables held is lost."""
    command.downgrade(_config(url), "base")


def revision_of(url: str) -> str | None:
    """The migration at which a database stands; none: never migrated."""
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str | None:
    """The migration that this release needs."""
    return ScriptDirectory.from_config(_config("")).get_current_head()


def _config(url: str) -> Config:
    config = Config(attributes={"url": url})
    config.set_main_option("script_location", str(data_dir("migrations")))
    return config
