"""A code names the exchanges it was asked for, and a consent the account that it links.

Two purposes may share a scope; a token carries what its own request asked, and no more.
"""

from alembic import op

revision = "0014"
down_revision = "0013"

UPGRADE = """
ALTER TABLE consent ADD COLUMN linked_account varchar;
ALTER TABLE authorization_code ADD COLUMN exchanges text[] NOT NULL DEFAULT '{}';
UPDATE authorization_code code SET exchanges = ARRAY(
    SELECT e.exchange_id FROM consent_exchange e
    WHERE e.consent_id = code.consent_id AND e.allowed
      AND e.scope = ANY (string_to_array(code.scope, ' ')));
ALTER TABLE authorization_code ALTER COLUMN exchanges DROP DEFAULT;
"""

DOWNGRADE = """
ALTER TABLE authorization_code DROP COLUMN exchanges;
ALTER TABLE consent DROP COLUMN linked_account;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
