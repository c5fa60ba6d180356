"""The ledger remembers: events, their numbers, the tree; and triggers that let nothing be undone.

They are the first wall, not the last: whoever owns the database can take them down, and
``authz ledger verify`` is there to see it.
"""

from alembic import op

revision = "0008"
down_revision = "0007"

TABLES = """
CREATE TABLE ledger_log (
    id uuid NOT NULL,
    origin varchar NOT NULL,
    state varchar NOT NULL,
    size bigint NOT NULL,
    root bytea NOT NULL,
    opened_at timestamptz NOT NULL,
    CONSTRAINT pk_ledger_log PRIMARY KEY (id),
    CONSTRAINT uq_ledger_log_origin UNIQUE (origin),
    CONSTRAINT ck_ledger_log_state CHECK (state IN ('open', 'frozen'))
);

CREATE TABLE subject_key (
    id uuid NOT NULL,
    subject uuid,
    sealed bytea,
    created_at timestamptz NOT NULL,
    destroyed_at timestamptz,
    CONSTRAINT pk_subject_key PRIMARY KEY (id),
    CONSTRAINT uq_subject_key_subject UNIQUE (subject),
    CONSTRAINT ck_subject_key_end CHECK ((sealed IS NULL) = (destroyed_at IS NOT NULL))
);

CREATE TABLE ledger_event (
    id bigint GENERATED ALWAYS AS IDENTITY,
    uuid uuid NOT NULL,
    type varchar NOT NULL,
    stream uuid NOT NULL,
    version integer NOT NULL,
    at timestamptz NOT NULL,
    entry bytea NOT NULL,
    payload bytea,
    key_id uuid,
    CONSTRAINT pk_ledger_event PRIMARY KEY (id),
    CONSTRAINT uq_ledger_event_uuid UNIQUE (uuid),
    CONSTRAINT uq_ledger_event_stream_version UNIQUE (stream, version),
    CONSTRAINT ck_ledger_event_version CHECK (version > 0),
    CONSTRAINT fk_ledger_event_key_id FOREIGN KEY (key_id) REFERENCES subject_key (id)
);
CREATE INDEX ix_ledger_event_key_id ON ledger_event (key_id);

-- Filled and emptied all day: vacuum often, so that reading its head stays cheap.
CREATE TABLE ledger_queue (
    event_id bigint NOT NULL,
    CONSTRAINT pk_ledger_queue PRIMARY KEY (event_id),
    CONSTRAINT fk_ledger_queue_event_id FOREIGN KEY (event_id) REFERENCES ledger_event (id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE TABLE ledger_entry (
    log_id uuid NOT NULL,
    seq bigint NOT NULL,
    event_id bigint NOT NULL,
    entry bytea NOT NULL,
    integrated_at timestamptz NOT NULL,
    CONSTRAINT pk_ledger_entry PRIMARY KEY (log_id, seq),
    CONSTRAINT uq_ledger_entry_event_id UNIQUE (event_id),
    CONSTRAINT fk_ledger_entry_log_id FOREIGN KEY (log_id) REFERENCES ledger_log (id),
    CONSTRAINT fk_ledger_entry_event_id FOREIGN KEY (event_id) REFERENCES ledger_event (id)
);

CREATE TABLE ledger_tile (
    log_id uuid NOT NULL,
    level integer NOT NULL,
    idx bigint NOT NULL,
    data bytea NOT NULL,
    root bytea NOT NULL,
    CONSTRAINT pk_ledger_tile PRIMARY KEY (log_id, level, idx),
    CONSTRAINT fk_ledger_tile_log_id FOREIGN KEY (log_id) REFERENCES ledger_log (id)
);
ALTER TABLE ledger_tile ALTER data SET STORAGE EXTERNAL;  -- hashes do not compress

CREATE TABLE ledger_checkpoint (
    log_id uuid NOT NULL,
    size bigint NOT NULL,
    root bytea NOT NULL,
    note varchar NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_ledger_checkpoint PRIMARY KEY (log_id, size),
    CONSTRAINT fk_ledger_checkpoint_log_id FOREIGN KEY (log_id) REFERENCES ledger_log (id)
);
"""

TRIGGERS = """
CREATE TRIGGER ledger_entry_is_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_tile_is_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_tile
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_checkpoint_is_immutable
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_event_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The log only grows.
CREATE TRIGGER ledger_log_stays BEFORE DELETE OR TRUNCATE ON ledger_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_log_grows BEFORE UPDATE ON ledger_log FOR EACH ROW
    WHEN (NEW.size < OLD.size OR OLD.state = 'frozen'
          OR (NEW.id, NEW.origin, NEW.opened_at)
             IS DISTINCT FROM (OLD.id, OLD.origin, OLD.opened_at))
    EXECUTE FUNCTION refuse_change();

-- A person's key is destroyed, never altered: both the secret and whose it was go for good.
CREATE TRIGGER subject_key_stays BEFORE DELETE OR TRUNCATE ON subject_key
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER subject_key_is_only_destroyed BEFORE UPDATE ON subject_key FOR EACH ROW
    WHEN (NEW.sealed IS NOT NULL OR NEW.subject IS NOT NULL OR OLD.destroyed_at IS NOT NULL
          OR (NEW.id, NEW.created_at) IS DISTINCT FROM (OLD.id, OLD.created_at))
    EXECUTE FUNCTION refuse_change();

-- An event leaves the queue when it has its number, and not before.
CREATE FUNCTION refuse_forgetting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM gone LEFT JOIN ledger_entry USING (event_id) WHERE seq IS NULL) THEN
        RAISE EXCEPTION 'an event leaves the queue only with a number in the log'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_queue_forgets_nothing AFTER DELETE ON ledger_queue
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION refuse_forgetting();
CREATE TRIGGER ledger_queue_stays BEFORE UPDATE OR TRUNCATE ON ledger_queue
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

DOWNGRADE = """
DROP TABLE ledger_checkpoint;
DROP TABLE ledger_tile;
DROP TABLE ledger_entry;
DROP TABLE ledger_queue;
DROP TABLE ledger_event;
DROP TABLE subject_key;
DROP TABLE ledger_log;
DROP FUNCTION refuse_forgetting();
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(TRIGGERS)


def downgrade() -> None:
    op.execute(DOWNGRADE)
