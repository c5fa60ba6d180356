"""Consents have a life: each thing that happens to one is a row of its own, with what was shown.

What was decided before has no evidence beyond its entry; its rows say when and what, no more.
"""

from alembic import op

revision = "0019"
down_revision = "0018"

UPGRADE = """
ALTER TABLE consent ADD COLUMN revision integer NOT NULL DEFAULT 1;
ALTER TABLE consent ALTER COLUMN revision DROP DEFAULT;
ALTER TABLE consent ADD COLUMN reason varchar;
ALTER TABLE consent ADD COLUMN confirm_by timestamptz;
ALTER TABLE consent ADD COLUMN mandate_id uuid;
ALTER TABLE consent DROP CONSTRAINT ck_consent_state;
ALTER TABLE consent ADD CONSTRAINT ck_consent_state CHECK (state IN ('active', 'suspended',
    'refused', 'withdrawn', 'returned', 'replaced', 'expired', 'invalidated'));
ALTER TABLE consent DROP CONSTRAINT ck_consent_ended;
ALTER TABLE consent ADD CONSTRAINT ck_consent_ended
    CHECK ((state IN ('active', 'suspended')) = (ended_at IS NULL));
ALTER TABLE consent DROP CONSTRAINT ck_consent_quality;
ALTER TABLE consent ADD CONSTRAINT ck_consent_quality
    CHECK (quality IN ('self', 'representative', 'carer', 'guardian'));
DROP INDEX uq_consent_active;
CREATE UNIQUE INDEX uq_consent_active ON consent (patient_id, service_id)
    WHERE state IN ('active', 'suspended');
DROP INDEX uq_consent_active_sign_in;
CREATE UNIQUE INDEX uq_consent_active_sign_in ON consent (patient_id, client_id)
    WHERE state IN ('active', 'suspended') AND service_id IS NULL;
CREATE INDEX ix_consent_ends_at ON consent (ends_at) WHERE state IN ('active', 'suspended');

CREATE TABLE shown_text (
    digest varchar NOT NULL,
    text varchar NOT NULL,
    CONSTRAINT pk_shown_text PRIMARY KEY (digest)
);

CREATE TABLE consent_change (
    id uuid NOT NULL,
    consent_id uuid NOT NULL,
    revision integer NOT NULL,
    event varchar NOT NULL,
    at timestamptz NOT NULL,
    account_id uuid,
    quality varchar,
    mandate_id uuid,
    acr varchar,
    language varchar,
    sheet_id uuid,
    template_version varchar,
    text_digest varchar,
    answers jsonb NOT NULL,
    reason varchar,
    previous uuid,
    CONSTRAINT pk_consent_change PRIMARY KEY (id),
    CONSTRAINT uq_consent_change_consent_id_revision UNIQUE (consent_id, revision),
    CONSTRAINT ck_consent_change_who CHECK ((account_id IS NULL) = (quality IS NULL)),
    CONSTRAINT ck_consent_change_shown CHECK ((template_version IS NULL) = (text_digest IS NULL)),
    CONSTRAINT ck_consent_change_previous CHECK ((revision = 1) = (previous IS NULL)),
    CONSTRAINT fk_consent_change_consent_id FOREIGN KEY(consent_id) REFERENCES consent (id),
    CONSTRAINT fk_consent_change_account_id FOREIGN KEY(account_id) REFERENCES account (id),
    CONSTRAINT fk_consent_change_sheet_id FOREIGN KEY(sheet_id) REFERENCES service_sheet (id),
    CONSTRAINT fk_consent_change_text_digest FOREIGN KEY(text_digest)
        REFERENCES shown_text (digest),
    CONSTRAINT fk_consent_change_previous FOREIGN KEY(previous) REFERENCES consent_change (id)
);

INSERT INTO consent_change (id, consent_id, revision, event, at, account_id, quality, acr,
    language, sheet_id, answers)
SELECT gen_random_uuid(), id, 1,
    'consent:' || CASE state WHEN 'refused' THEN 'refused' ELSE 'given' END,
    decided_at, account_id, quality, acr, language, sheet_id, '{}' FROM consent;
INSERT INTO consent_change (id, consent_id, revision, event, at, answers, previous)
SELECT gen_random_uuid(), consent.id, 2, 'consent:' || state, ended_at, '{}', first.id
FROM consent JOIN consent_change first ON first.consent_id = consent.id
WHERE state NOT IN ('active', 'refused');
UPDATE consent SET revision = 2 WHERE state NOT IN ('active', 'refused');
"""

# The older schema knows neither a pause nor an end by time; what is paused has ended there.
DOWNGRADE = """
DROP TABLE consent_change;
DROP TABLE shown_text;
DROP INDEX ix_consent_ends_at;
DROP INDEX uq_consent_active_sign_in;
DROP INDEX uq_consent_active;
UPDATE consent SET state = 'withdrawn', ended_at = coalesce(ended_at, now())
    WHERE state IN ('suspended', 'expired', 'invalidated');
UPDATE consent SET quality = 'self';
ALTER TABLE consent DROP CONSTRAINT ck_consent_quality;
ALTER TABLE consent ADD CONSTRAINT ck_consent_quality CHECK (quality IN ('self'));
ALTER TABLE consent DROP CONSTRAINT ck_consent_ended;
ALTER TABLE consent ADD CONSTRAINT ck_consent_ended
    CHECK ((state = 'active') = (ended_at IS NULL));
ALTER TABLE consent DROP CONSTRAINT ck_consent_state;
ALTER TABLE consent ADD CONSTRAINT ck_consent_state
    CHECK (state IN ('active', 'refused', 'withdrawn', 'replaced', 'returned'));
CREATE UNIQUE INDEX uq_consent_active ON consent (patient_id, service_id) WHERE state = 'active';
CREATE UNIQUE INDEX uq_consent_active_sign_in ON consent (patient_id, client_id)
    WHERE state = 'active' AND service_id IS NULL;
ALTER TABLE consent DROP COLUMN mandate_id;
ALTER TABLE consent DROP COLUMN confirm_by;
ALTER TABLE consent DROP COLUMN reason;
ALTER TABLE consent DROP COLUMN revision;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
