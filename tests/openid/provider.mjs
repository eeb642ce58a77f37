// A real provider of OpenID Connect (npm `oidc-provider`), for tests: its people are invented, and its page is a form
// with one field. It prints its address on a line, and ends when its input closes.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const { PORT, CLIENT, SECRET, REDIRECT } = process.env;
const issuer = `http://127.0.0.1:${PORT}`;
const PEOPLE = JSON.parse(process.env.PEOPLE); // by name: groups, acr

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: CLIENT,
      client_secret: SECRET,
      redirect_uris: [REDIRECT],
      response_types: ['code'],
      grant_types: ['authorization_code'],
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ],
  pkce: { required: () => true },
  conformIdTokenClaims: false,
  claims: { openid: ['sub', 'groups'], acr: null, amr: null, auth_time: null },
  acrValues: ['twee'],
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_ctx, id) =>
    PEOPLE[id] && { accountId: id, claims: () => ({ sub: id, groups: PEOPLE[id].groups }) },
  cookies: { keys: ['alleen voor tests'] },
  ttl: { Interaction: 600, Session: 600, Grant: 600, AuthorizationCode: 60, AccessToken: 60, IdToken: 300 },
});
provider.on('server_error', (_ctx, error) => console.error(error));

/** The body of a posted form. */
async function posted(request) {
  let text = '';
  for await (const piece of request) text += piece;
  return new URLSearchParams(text);
}

/** One step of a person at the provider's page: they say who they are; what is asked for is granted. */
async function interaction(request, response) {
  const details = await provider.interactionDetails(request, response);
  if (details.prompt.name === 'login') {
    if (request.method === 'GET') {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(
        '<!doctype html><html lang="nl"><title>Voorbeeldaanmelding</title><main><h1>Voorbeeldaanmelding</h1>' +
          '<form method="post"><label>Wie bent u? <input name="login"></label><button>Verder</button></form></main></html>',
      );
      return;
    }
    const login = (await posted(request)).get('login');
    if (!PEOPLE[login]) {
      const result = { error: 'access_denied' };
      await provider.interactionFinished(request, response, result);
      return;
    }
    const result = { login: { accountId: login, acr: PEOPLE[login].acr } };
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
    return;
  }
  const grant = new provider.Grant({ accountId: details.session.accountId, clientId: details.params.client_id });
  grant.addOIDCScope('openid');
  const result = { consent: { grantId: await grant.save() } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
}

const app = provider.callback();
const server = createServer((request, response) => {
  const answered = request.url.startsWith('/interaction/') ? interaction(request, response) : app(request, response);
  Promise.resolve(answered).catch((error) => {
    console.error(error);
    response.statusCode = 500;
    response.end();
  });
});
server.listen(Number(PORT), '127.0.0.1', () => console.log(issuer));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
