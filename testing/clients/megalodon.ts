import generator, { detector, type WebSocketInterface } from 'megalodon';
import { z } from 'zod';
import type { Client, ClientKind, SigningIn } from './client.ts';

const withId = z.object({ id: z.string() });

/** `megalodon`, the library behind the desktop client Whalebird. It asks nodeinfo what it talks to. */
export const megalodon: ClientKind = { name: 'megalodon', signIn };

async function signIn({ url, allow }: SigningIn): Promise<Client> {
  const kind = await detector(url);
  const app = await generator(kind, url).registerApp('megalodon', { scopes: ['read', 'write', 'follow'] });
  const code = await allow(app.url ?? '');
  const token = await generator(kind, url).fetchAccessToken(app.client_id, app.client_secret, code);
  const client = generator(kind, url, token.access_token);
  let streaming: WebSocketInterface | undefined;
  return {
    whoAmI: async () => (await client.verifyAccountCredentials()).data.acct,
    home: async () => (await client.getHomeTimeline({ limit: 40 })).data.map(({ id }) => id),
    post: async (text) => (await client.postStatus(text)).data.id,
    remove: async (id) => void (await client.deleteStatus(id)),
    follow: async (handle) => {
      const { data } = await client.searchAccount(handle, { limit: 1 });
      await client.followAccount(data[0]?.id ?? '');
    },
    schedule: async (text, at) => {
      const { data } = await client.postStatus(text, { scheduled_at: at.toISOString() });
      return new Date('scheduled_at' in data ? data.scheduled_at : '');
    },
    listen: async (heard) => {
      const user = await client.userStreaming(); // it connects by itself
      streaming = user;
      user.on('update', (status: unknown) => heard({ event: 'update', id: withId.parse(status).id }));
      user.on('delete', (id: unknown) => heard({ event: 'delete', id: String(id) }));
      user.on('error', () => {});
      await new Promise<void>((resolve) => void user.on('connect', resolve));
    },
    close: async () => streaming?.stop(),
  };
}
