"""People ask the authority to look into a line of their history, or into a service."""

from alembic import op

revision = "0030"
down_revision = "0029"

UPGRADE = """
CREATE TABLE case_file (
    id uuid NOT NULL,
    kind varchar NOT NULL,
    patient_id uuid NOT NULL,
    account_id uuid NOT NULL,
    quality varchar NOT NULL,
    service_id uuid,
    consent_id uuid,
    about jsonb NOT NULL,
    text varchar NOT NULL,
    language varchar NOT NULL,
    state varchar NOT NULL,
    opened_at timestamptz NOT NULL,
    answer varchar,
    answered_at timestamptz,
    answered_by varchar,
    closed_at timestamptz,
    closed_by varchar,
    CONSTRAINT pk_case_file PRIMARY KEY (id),
    CONSTRAINT ck_case_file_kind CHECK (kind IN ('unrecognised', 'report')),
    CONSTRAINT ck_case_file_report CHECK (kind <> 'report' OR service_id IS NOT NULL),
    CONSTRAINT ck_case_file_state CHECK (state IN ('open', 'answered', 'closed')),
    CONSTRAINT ck_case_file_answered CHECK (num_nulls(answer, answered_at, answered_by)
        = CASE state WHEN 'open' THEN 3 ELSE 0 END),
    CONSTRAINT ck_case_file_closed CHECK (num_nulls(closed_at, closed_by)
        = CASE state WHEN 'closed' THEN 0 ELSE 2 END),
    CONSTRAINT fk_case_file_patient_id FOREIGN KEY(patient_id) REFERENCES patient (id),
    CONSTRAINT fk_case_file_account_id FOREIGN KEY(account_id) REFERENCES account (id),
    CONSTRAINT fk_case_file_service_id FOREIGN KEY(service_id) REFERENCES service (id),
    CONSTRAINT fk_case_file_consent_id FOREIGN KEY(consent_id) REFERENCES consent (id)
);
CREATE INDEX ix_case_file_patient_id ON case_file (patient_id);
CREATE INDEX ix_case_file_waiting ON case_file (opened_at) WHERE state <> 'closed';
CREATE INDEX ix_case_file_reports ON case_file (service_id, opened_at) WHERE kind = 'report';
"""

DOWNGRADE = """
DROP TABLE case_file;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
