import { join } from 'node:path';
import { z } from 'zod';
import { ROOT } from '#dev/paths.ts';
import type { Client, ClientKind, Heard, SigningIn } from './client.ts';
import { start } from './run.ts';

/** The system's own Python, which has the package. Another one on the PATH has not. */
export const PYTHON = '/usr/bin/python3';
const text = z.string();
const line = z.union([
  z.object({ heard: z.object({ event: z.enum(['update', 'delete']), id: text }) }),
  z.object({ error: text }),
  z.object({ result: z.unknown() }),
]);

/** Mastodon.py, the library that most bots are written with. It listens by server-sent events. */
export const mastodonPy: ClientKind = { name: 'Mastodon.py', debian: 'python3-mastodon', signIn };

async function signIn({ url, allow }: SigningIn): Promise<Client> {
  const { ask, hear, stop } = startDriver(url);
  await ask(z.null(), 'log_in', await allow(await ask(text, 'authorize_url')));
  return {
    whoAmI: () => ask(text, 'who_am_i'),
    home: () => ask(z.array(text), 'home'),
    post: (status) => ask(text, 'post', status),
    remove: async (id) => void (await ask(z.null(), 'remove', id)),
    follow: async (handle) => void (await ask(z.null(), 'follow', handle)),
    schedule: async (status, at) => new Date(await ask(text, 'schedule', status, at.toISOString())),
    listen: async (heard) => {
      hear(heard);
      await ask(z.null(), 'listen');
    },
    close: stop,
  };
}

/** Starts mastodon_py.py, which answers one call after the other. */
function startDriver(url: string) {
  const { child, lines } = start(PYTHON, ['-I', join(ROOT, 'testing/clients/mastodon_py.py'), url]);
  let hear: (event: Heard) => void = () => {};
  let said = '';
  child.stderr.on('data', (data) => {
    said += data;
  });
  const waiting: ((answer: { result: unknown } | { error: string }) => void)[] = [];
  lines.on('line', (json) => {
    const got = line.parse(JSON.parse(json));
    if ('heard' in got) hear(got.heard);
    else waiting.shift()?.(got);
  });
  child.on('close', () => waiting.splice(0).forEach((answer) => void answer({ error: said })));
  return {
    ask: async <S extends z.ZodType>(schema: S, call: string, ...args: unknown[]): Promise<z.infer<S>> => {
      const answered = new Promise<{ result: unknown } | { error: string }>((resolve) =>
        waiting.push(resolve),
      );
      child.stdin.write(`${JSON.stringify({ call, args })}\n`);
      const answer = await answered;
      if ('error' in answer) throw new Error(`Mastodon.py, ${call}: ${answer.error}`);
      return schema.parse(answer.result);
    },
    hear: (listener: (event: Heard) => void) => {
      hear = listener;
    },
    stop: async () => void child.kill('SIGKILL'),
  };
}
