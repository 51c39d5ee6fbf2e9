import { createOAuthAPIClient, createRestAPIClient, createStreamingAPIClient } from 'masto';
import type { Client, ClientKind, SigningIn } from './client.ts';

const OUT_OF_BAND = 'urn:ietf:wg:oauth:2.0:oob';
const SCOPES = 'read write follow';

/** `masto`, the library behind the web clients Elk and Phanpy. It listens by WebSocket, with the token as sub-protocol. */
export const masto: ClientKind = { name: 'masto', signIn };

async function signIn({ url, allow }: SigningIn): Promise<Client> {
  const accessToken = await obtainToken(url, allow);
  const rest = createRestAPIClient({ url, accessToken });
  const { urls } = await rest.v1.instance.fetch();
  const streams = createStreamingAPIClient({ streamingApiUrl: urls.streamingApi, accessToken });
  return {
    whoAmI: async () => (await rest.v1.accounts.verifyCredentials()).acct,
    home: async () => (await rest.v1.timelines.home.list({ limit: 40 })).map(({ id }) => id),
    post: async (status) => (await rest.v1.statuses.create({ status })).id,
    remove: async (id) => void (await rest.v1.statuses.$select(id).remove()),
    follow: async (acct) => {
      const { id } = await rest.v1.accounts.lookup({ acct });
      await rest.v1.accounts.$select(id).follow();
    },
    schedule: async (status, at) => {
      const scheduled = await rest.v1.statuses.create({ status, scheduledAt: at.toISOString() });
      return new Date(scheduled.scheduledAt);
    },
    listen: async (heard) => {
      const user = streams.user.subscribe();
      void (async () => {
        for await (const { event, payload } of user)
          if (event === 'update') heard({ event, id: payload.id });
          else if (event === 'delete') heard({ event, id: payload });
      })();
    },
    close: async () => streams.close(),
  };
}

async function obtainToken(url: string, allow: SigningIn['allow']): Promise<string> {
  const rest = createRestAPIClient({ url });
  const app = await rest.v1.apps.create({ clientName: 'masto', redirectUris: OUT_OF_BAND, scopes: SCOPES });
  const clientId = app.clientId ?? '';
  const asked = { response_type: 'code', client_id: clientId, redirect_uri: OUT_OF_BAND, scope: SCOPES };
  const code = await allow(`${url}/oauth/authorize?${new URLSearchParams(asked)}`);
  const { accessToken } = await createOAuthAPIClient({ url }).token.create({
    ...{ grantType: 'authorization_code', clientId, clientSecret: app.clientSecret ?? '' },
    ...{ redirectUri: OUT_OF_BAND, code },
  });
  return accessToken;
}
