// node seed.mjs <client> <code|access|refresh> <count>: the values, one a line.
import { randomUUID } from 'node:crypto';

import { pool, prepare } from './adapter.mjs';
import { provider } from './provider.mjs';

const [clientId, kind, count] = process.argv.slice(2);
const SCOPE = 'openid offline_access';
const bound = clientId === 'signing' ? { jkt: process.env.PEER_JKT } : {};

await prepare();
const client = await provider.Client.find(clientId);

async function facts() {
  const accountId = randomUUID();
  const grant = new provider.Grant({ accountId, clientId });
  grant.addOIDCScope(SCOPE);
  return {
    accountId,
    client,
    grantId: await grant.save(),
    scope: SCOPE,
    gty: 'authorization_code',
    claims: {},
    authTime: Math.floor(Date.now() / 1000),
    expiresWithSession: false,
    sessionUid: randomUUID(),
    nonce: 'a-nonce',
  };
}

const make = {
  async code() {
    return new provider.AuthorizationCode({
      ...(await facts()),
      redirectUri: 'https://diary.example/callback',
      codeChallenge: process.env.PEER_CHALLENGE,
      codeChallengeMethod: 'S256',
    }).save();
  },
  async access() {
    return new provider.AccessToken({ ...(await facts()), ...bound }).save();
  },
  async refresh() {
    return new provider.RefreshToken({
      ...(await facts()), ...bound, rotations: 0, iiat: Math.floor(Date.now() / 1000),
    }).save();
  },
};

for (let left = Number(count); left > 0; left -= 8) {
  const values = await Promise.all(Array.from({ length: Math.min(8, left) }, make[kind]));
  console.log(values.join('\n'));
}
await pool.end();
