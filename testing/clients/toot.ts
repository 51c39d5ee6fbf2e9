import { once } from 'node:events';
import { z } from 'zod';
import type { Client, ClientKind, SigningIn } from './client.ts';
import { run, start, waitFor } from './run.ts';

const withId = z.object({ id: z.string() });

/** `toot`, a program for the command line. It does not stream. */
export const toot: ClientKind = { name: 'toot', debian: 'toot', signIn };

async function signIn({ url, allow, folder }: SigningIn): Promise<Client> {
  const env = { XDG_CONFIG_HOME: folder };
  await logIn(url, allow, env);
  const ask = (...args: string[]) => run('toot', args, env);
  const askJson = async <S extends z.ZodType>(schema: S, ...args: string[]): Promise<z.infer<S>> =>
    schema.parse(JSON.parse(await ask(...args, '--json')));
  return {
    whoAmI: async () => (await askJson(z.object({ acct: z.string() }), 'whoami')).acct,
    home: async () =>
      (await askJson(z.array(withId), 'timelines', 'home', '--limit', '40')).map(({ id }) => id),
    post: async (text) => (await askJson(withId, 'post', text)).id,
    remove: async (id) => void (await ask('delete', id)),
    follow: async (handle) => void (await ask('follow', handle)),
    schedule: async (text, at) => {
      const scheduled = z.object({ scheduled_at: z.string() });
      return new Date(
        (await askJson(scheduled, 'post', text, '--scheduled-at', at.toISOString())).scheduled_at,
      );
    },
    close: async () => {},
  };
}

/** Shows an address, asks whether to open it and then for the code. */
async function logIn(url: string, allow: SigningIn['allow'], env: Record<string, string>): Promise<void> {
  const asking = start('toot', ['login', '--instance', url], env);
  asking.child.stdin.write('n\n');
  const authorizeUrl = await waitFor(asking, 'stdout', /https?:\S+\/oauth\/authorize\S+(?=\s)/);
  asking.child.stdin.end(`${await allow(authorizeUrl)}\n`);
  const [code] = await once(asking.child, 'close');
  if (code !== 0) throw new Error(`toot could not sign in: it ended with ${code}`);
}
