// The peer's configuration: what its documentation recommends for production, ES256, opaque tokens.
import { readFileSync } from 'node:fs';

import { Provider } from 'oidc-provider';

import { Adapter } from './adapter.mjs';

const given = JSON.parse(readFileSync(process.env.PEER_CONFIG, 'utf8'));
const HOURS = 6 * 3600; // nothing may run out during a run

const redirecting = {
  redirect_uris: ['https://diary.example/callback'],
  grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
  response_types: ['code'],
};

const clients = [
  {
    ...redirecting,
    client_id: 'secret',
    client_secret: given.secret,
    token_endpoint_auth_method: 'client_secret_basic',
  },
  {
    ...redirecting,
    client_id: 'signing',
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'ES256',
    jwks: { keys: [given.clientKey] },
    dpop_bound_access_tokens: true,
  },
  {
    client_id: 'record',
    client_secret: given.secret,
    token_endpoint_auth_method: 'client_secret_basic',
    redirect_uris: [],
    grant_types: [],
    response_types: [],
  },
];

export const provider = new Provider(`http://localhost:${process.env.PORT}`, {
  adapter: Adapter,
  clients,
  jwks: { keys: [given.signingKey] },
  cookies: { keys: [given.secret] },
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  scopes: ['openid', 'offline_access'],
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  // A bearer's refresh token changes hands at every use, a bound one is kept: as FAPI 2.0 has it.
  rotateRefreshToken: (ctx) => !ctx.oidc.entities.RefreshToken.isSenderConstrained(),
  ttl: {
    AccessToken: HOURS,
    AuthorizationCode: HOURS,
    ClientCredentials: 600,
    Grant: HOURS,
    IdToken: 300,
    RefreshToken: HOURS,
    Session: HOURS,
    Interaction: HOURS,
  },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    dPoP: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
  },
});
