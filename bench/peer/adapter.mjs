// An oidc-provider adapter for PostgreSQL, as its documentation asks for one: a table of payloads,
// one statement for each method, all of them prepared once for a connection.
import pg from 'pg';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS payload (
    model text NOT NULL, id text NOT NULL, payload jsonb NOT NULL, grant_id text, user_code text,
    uid text, expires_at timestamptz, consumed_at timestamptz, PRIMARY KEY (model, id));
  CREATE INDEX IF NOT EXISTS payload_grant ON payload (grant_id) WHERE grant_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS payload_uid ON payload (uid) WHERE uid IS NOT NULL;
`;

const LIVE = 'AND (expires_at IS NULL OR expires_at > now())';
const STATEMENTS = {
  upsert: `INSERT INTO payload (model, id, payload, grant_id, user_code, uid, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7))
    ON CONFLICT (model, id) DO UPDATE SET payload = excluded.payload,
      grant_id = excluded.grant_id, user_code = excluded.user_code, uid = excluded.uid,
      expires_at = excluded.expires_at`,
  find: `SELECT payload, consumed_at FROM payload WHERE model = $1 AND id = $2 ${LIVE}`,
  findByUid: `SELECT payload, consumed_at FROM payload WHERE model = $1 AND uid = $2 ${LIVE}`,
  findByUserCode: `SELECT payload, consumed_at FROM payload WHERE model = $1 AND user_code = $2 ${LIVE}`,
  consume: 'UPDATE payload SET consumed_at = now() WHERE model = $1 AND id = $2',
  destroy: 'DELETE FROM payload WHERE model = $1 AND id = $2',
  revokeByGrantId: 'DELETE FROM payload WHERE model = $1 AND grant_id = $2',
};

export const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 8 });

export async function prepare() {
  await pool.query(SCHEMA);
}

function ask(name, ...values) {
  return pool.query({ name, text: STATEMENTS[name], values });
}

function shown({ rows: [row] }) {
  if (!row) return undefined;
  const consumed = row.consumed_at && { consumed: Math.floor(row.consumed_at / 1000) };
  return { ...row.payload, ...consumed };
}

export class Adapter {
  constructor(model) {
    this.model = model;
  }

  async upsert(id, payload, expiresIn) {
    const { grantId, userCode, uid } = payload;
    await ask('upsert', this.model, id, payload, grantId, userCode, uid, expiresIn);
  }

  async find(id) {
    return shown(await ask('find', this.model, id));
  }

  async findByUid(uid) {
    return shown(await ask('findByUid', this.model, uid));
  }

  async findByUserCode(userCode) {
    return shown(await ask('findByUserCode', this.model, userCode));
  }

  async consume(id) {
    await ask('consume', this.model, id);
  }

  async destroy(id) {
    await ask('destroy', this.model, id);
  }

  async revokeByGrantId(grantId) {
    await ask('revokeByGrantId', this.model, grantId);
  }
}
