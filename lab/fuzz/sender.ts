import { z } from 'zod';
import { DAY } from '#core/durations.ts';
import { signInAll } from '#lab/clients/session.ts';
import type { Sender } from './shot.ts';

const accepted = z.object({ tweet: z.object({ id: z.int() }) });
const asked = z.object({ task: z.object({ id: z.int() }) });
const page = z.object({ nextCursor: z.string().nullable() });
const listed = z.object({ schedules: z.array(z.object({ name: z.string() })) });

/** So few idempotency keys that some come again, with the same body and with another one. */
const KEYS = 50;
/**
 * Signs these demo accounts in and lets them post, schedule and ask for something, so that requests can name what
 * exists. The last one acts unless a request says otherwise.
 */
export async function openSender(url: string, handles: string[]): Promise<Sender> {
  const cookie = await signInAll(url, handles);
  const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
    const headers = { cookie, 'idempotency-key': crypto.randomUUID() };
    const answer = await fetch(url + path, { method, headers, body: body ? JSON.stringify(body) : null });
    if (answer.ok) return answer.json();
    throw new Error(`${method} ${path}: expected success, got ${answer.status} ${await answer.text()}`);
  };
  const tomorrow = new Date(Date.now() + DAY).toISOString();
  const tweets = [];
  for (const text of ['One', 'Two', 'Three'])
    tweets.push(accepted.parse(await ask('POST', '/api/tweets', { text })));
  const scheduled = await ask('POST', '/api/tweets', { text: 'Later', scheduledFor: tomorrow });
  const archive = await ask('POST', '/api/tasks', { kind: 'archive' });
  const tasks = [scheduled, archive].map((task) => asked.parse(task).task.id);
  const { nextCursor } = page.parse(await ask('GET', `/api/users/${handles.at(-1)}/tweets?limit=1`));
  const { schedules } = listed.parse(await ask('GET', '/api/schedules'));
  return {
    cookie,
    known: {
      ...{ handle: handles, 'X-Account': handles, account: handles },
      ...{ scheduledFor: [tomorrow], cursor: [nextCursor] },
      id: [...tweets.map(({ tweet }) => tweet.id), ...tasks],
      name: [...schedules.map(({ name }) => name), 'fuzzed'],
      text: ['A tweet', 'A tweet #of the fuzzer'],
      cron: ['0 8 * * *'],
      timeZone: ['Europe/Berlin'],
      include: ['chunks'],
      topics: [
        'status',
        'console,schedules',
        `console:${handles.at(-1)}`,
        `home:${handles[0]},posts:${handles[0]},tasks:${handles[0]}`,
      ],
      'Idempotency-Key': Array.from({ length: KEYS }, (_, n) => `one-key-of-many-${n}`),
    },
  };
}
