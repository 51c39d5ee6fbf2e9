import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Client, ClientKind, Heard, SigningIn } from './client.ts';
import { run, start, waitFor } from './run.ts';

const withId = z.object({ id: z.string() });

/** `madonctl`, a program in Go for the command line. It listens by WebSocket, and has no word for scheduling. */
export const madonctl: ClientKind = { name: 'madonctl', debian: 'madonctl', signIn };

async function signIn({ url, allow, folder }: SigningIn): Promise<Client> {
  const file = join(folder, 'madonctl.yaml');
  writeFileSync(file, await logIn(url, allow), { mode: 0o600 });
  const ask = (...args: string[]) => run('madonctl', ['--config', file, ...args]);
  const askJson = async <S extends z.ZodType>(schema: S, ...args: string[]): Promise<z.infer<S>> =>
    schema.parse(JSON.parse(await ask('--output', 'json', ...args)));
  const listening = new AbortController();
  return {
    whoAmI: async () => (await askJson(z.object({ acct: z.string() }), 'account', 'show')).acct,
    home: async () => (await askJson(z.array(withId), 'timeline', '--limit', '40')).map(({ id }) => id),
    post: async (text) => (await askJson(withId, 'post', text)).id,
    remove: async (id) => void (await ask('status', '--status-id', id, 'delete')),
    follow: async (handle) => void (await ask('account', 'follow', handle)),
    listen: (heard) => listen(file, heard, listening.signal),
    close: async () => listening.abort(),
  };
}

/** Shows an address, asks for the code, and prints its configuration. */
async function logIn(url: string, allow: SigningIn['allow']): Promise<string> {
  const asking = start('madonctl', ['--instance', url, 'oauth2']);
  let printed = '';
  asking.child.stdout.on('data', (data) => {
    printed += data;
  });
  const authorizeUrl = await waitFor(asking, 'stderr', /https?:\S+\/oauth\/authorize\S+(?=\s)/);
  asking.child.stdin.end(`${await allow(authorizeUrl)}\n`);
  await once(asking.child, 'close');
  return printed;
}

/** It prints each status as JSON on a line, and says what was deleted. */
async function listen(file: string, heard: (event: Heard) => void, stop: AbortSignal): Promise<void> {
  const { child, lines } = start('madonctl', ['--config', file, '--output', 'json', 'stream']);
  stop.addEventListener('abort', () => child.kill());
  lines.on('line', (line) => heard({ event: 'update', id: withId.parse(JSON.parse(line)).id }));
  createInterface({ input: child.stderr }).on('line', (line) => {
    const deleted = /Status (\d+) was deleted/.exec(line)?.[1];
    if (deleted) heard({ event: 'delete', id: deleted });
  });
}
