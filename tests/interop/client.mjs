// A relying party on openid-client, as its documentation writes one. It is told what to do, one
// JSON line for each step ({"do": "push", ...}), and answers with one JSON line.

import { webcrypto } from "node:crypto";
import https from "node:https";
import { createInterface } from "node:readline";

globalThis.crypto ??= webcrypto; // Node 18

const openid = await import("openid-client");

let config, key, dpop, asked, redirectUri;

const METHODS = {
  private_key_jwt: () => openid.PrivateKeyJwt(key),
  client_secret_basic: ({ secret }) => openid.ClientSecretBasic(secret),
  client_secret_post: ({ secret }) => openid.ClientSecretPost(secret),
  tls_client_auth: () => openid.TlsClientAuth(),
  self_signed_tls_client_auth: () => openid.TlsClientAuth(),
  none: () => openid.None(),
};

const STEPS = {
  async discover({ issuer, clientId, method, jwk, metadata, tls, sender, ...rest }) {
    if (jwk) key = await imported(jwk);
    const options = { execute: [openid.enableNonRepudiationChecks] };
    if (issuer.startsWith("http:")) options.execute.push(openid.allowInsecureRequests);
    if (tls) options[openid.customFetch] = fetchWithCertificate(tls);
    config = await openid.discovery(
      new URL(issuer),
      clientId,
      metadata,
      METHODS[method](rest),
      options,
    );
    if (sender === "dpop") {
      dpop = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair("ES256"));
    }
    return config.serverMetadata();
  },

  async register({ issuer, metadata, token }) {
    const options = { initialAccessToken: token, execute: [openid.enableNonRepudiationChecks] };
    if (issuer.startsWith("http:")) options.execute.push(openid.allowInsecureRequests);
    const method = METHODS[metadata.token_endpoint_auth_method]({});
    config = await openid.dynamicClientRegistration(new URL(issuer), metadata, method, options);
    return config.clientMetadata();
  },

  // Where to send the browser, whichever way the request travels.
  async ask({ parameters, pushed, signed, jarm }) {
    asked = { verifier: openid.randomPKCECodeVerifier(), state: openid.randomState() };
    asked.nonce = openid.randomNonce();
    redirectUri = parameters.redirect_uri;
    if (jarm) openid.useJwtResponseMode(config);
    let request = {
      ...parameters,
      code_challenge: await openid.calculatePKCECodeChallenge(asked.verifier),
      code_challenge_method: "S256",
      state: asked.state,
      nonce: asked.nonce,
    };
    if (signed) {
      const url = await openid.buildAuthorizationUrlWithJAR(config, request, key);
      request = Object.fromEntries(url.searchParams);
    }
    if (!pushed) return openid.buildAuthorizationUrl(config, request).href;
    return (await openid.buildAuthorizationUrlWithPAR(config, request, { DPoP: dpop })).href;
  },

  // What the browser brought back becomes tokens; every check of the library is on.
  async redeem({ address }) {
    const tokens = await openid.authorizationCodeGrant(
      config,
      new URL(address),
      { pkceCodeVerifier: asked.verifier, expectedState: asked.state, expectedNonce: asked.nonce },
      undefined,
      { DPoP: dpop },
    );
    return { ...tokens, claims: tokens.claims() };
  },

  refresh: ({ token }) => openid.refreshTokenGrant(config, token, undefined, { DPoP: dpop }),
  introspect: ({ token }) => openid.tokenIntrospection(config, token),
  revoke: ({ token }) => openid.tokenRevocation(config, token),
  userinfo: ({ token, subject }) =>
    openid.fetchUserInfo(config, token, subject, { DPoP: dpop }),
  logout: ({ parameters }) => openid.buildEndSessionUrl(config, parameters).href,

  async fetch({ address, token }) {
    const answer = await openid.fetchProtectedResource(
      config, token, new URL(address), "GET", undefined, undefined, { DPoP: dpop },
    );
    return { status: answer.status, body: await answer.json() };
  },
};

function imported(jwk) {
  const algorithm = { name: "ECDSA", namedCurve: jwk.crv };
  return crypto.subtle.importKey("jwk", jwk, algorithm, false, ["sign"]);
}

// Node's own fetch cannot show a client certificate.
function fetchWithCertificate({ cert, key }) {
  return (url, { method, headers, body }) =>
    new Promise((resolve, reject) => {
      const request = https.request(url, { method, headers, cert, key }, (answer) => {
        const chunks = [];
        answer.on("data", (chunk) => chunks.push(chunk));
        answer.on("end", () => {
          const { statusCode: status, headers } = answer;
          resolve(new Response(Buffer.concat(chunks), { status, headers: flat(headers) }));
        });
      });
      request.on("error", reject);
      request.end(body === undefined || body === null ? undefined : String(body));
    });
}

function flat(headers) {
  return Object.entries(headers).flatMap(([name, value]) => [value].flat().map((v) => [name, v]));
}

for await (const line of createInterface({ input: process.stdin })) {
  const { do: step, ...parameters } = JSON.parse(line);
  let said;
  try {
    said = { ok: (await STEPS[step](parameters)) ?? null };
  } catch (error) {
    said = { error: error.error ?? error.code ?? error.message, detail: String(error.cause ?? error) };
  }
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
