import { createHash, randomUUID } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { deleteAndTell } from '#api/endpoints/delete-tweet.ts';
import { schedule } from '#api/endpoints/schedule-tweet.ts';
import { postNow, tweetText } from '#api/endpoints/tweets.ts';
import { anybody, type BearerEnv, bearer } from '#api/mastodon/bearer.ts';
import { inputOf } from '#api/mastodon/bodies.ts';
import { toScheduledStatus } from '#api/mastodon/entities.ts';
import type { MastodonEnv } from '#api/mastodon/env.ts';
import { invalid, notFound } from '#api/mastodon/errors.ts';
import { scheduledAt, withTheirField } from '#api/mastodon/scheduled-at.ts';
import { showStatus, tweetOf } from '#api/mastodon/shown.ts';

const newStatus = z.object({
  status: tweetText,
  visibility: z
    .string()
    .nullish()
    .refine((sent) => !sent || sent === 'public', 'Expected public: whoever looks may read every tweet'),
  scheduled_at: scheduledAt.nullish(),
});

/** What a status may have elsewhere, by the names of its fields. A field may be called `constructor`, so this is a map. */
const NOT_HERE = new Map([
  ['in_reply_to_id', 'no replies'],
  ['quoted_status_id', 'no quotes'],
  ['media_ids', 'no media'],
  ['poll', 'no polls'],
  ['spoiler_text', 'no content warnings'],
  ['sensitive', 'no content warnings'],
]);

/** Actions on a tweet that there are elsewhere. */
const REFUSED = 'reblog|unreblog|favourite|unfavourite|bookmark|unbookmark|pin|unpin|mute|unmute|translate';

/** Tweets: posted, scheduled, read, deleted. */
export const statuses = new Hono<MastodonEnv>()
  .post('/api/v1/statuses', bearer('write:statuses'), async (c) => {
    refuseWhatIsNotHere(c.var.input);
    const { status: text, scheduled_at: at } = inputOf(c, newStatus);
    const draft = draftOf(c, text);
    if (at) return c.json(await scheduleLater(c, draft, at));
    const { answer } = await postNow(c.env.web, draft);
    return c.json(await showStatus(c, answer.tweet));
  })
  .get('/api/v1/statuses/:id', anybody('read:statuses'), async (c) =>
    c.json(await showStatus(c, await tweetOf(c, c.req.param('id')))),
  )
  .delete('/api/v1/statuses/:id', bearer('write:statuses'), async (c) => {
    const { account } = c.var.bearer;
    const tweet = await tweetOf(c, c.req.param('id'));
    const status = await showStatus(c, tweet);
    if (tweet.author.id !== account.id || !(await deleteAndTell(c.env.web, account.id, tweet.id)))
      throw notFound();
    return c.json({ ...status, text: tweet.text });
  })
  .get('/api/v1/statuses/:id/context', anybody('read:statuses'), async (c) => {
    await tweetOf(c, c.req.param('id'));
    return c.json({ ancestors: [], descendants: [] });
  })
  .get('/api/v1/statuses/:id/:who{reblogged_by|favourited_by}', anybody('read:accounts'), async (c) => {
    await tweetOf(c, c.req.param('id'));
    return c.json([]);
  })
  .post(`/api/v1/statuses/:id/:action{${REFUSED}}`, bearer('write'), (c) => {
    throw notFound(`Record not found: there is nothing here to ${c.req.param('action')} a tweet with`);
  });

/** Whatever would be lost is refused, so that nobody believes it was published. */
function refuseWhatIsNotHere(input: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(input)) {
    const [field = name] = name.split('[');
    const what = NOT_HERE.get(field);
    if (what !== undefined && !saysNothing(value)) throw invalid(`${field}: there are ${what} here`);
  }
}

function saysNothing(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (Array.isArray(value)) return value.length === 0;
  // An object may have a `toString` of its own that is no function.
  return typeof value !== 'object' && /^(|0|f|false|off|no)$/i.test(String(value));
}

/**
 * A draft under the key of the client. Its keys may be any text, and ours may not, so they are hashed. A client that sends
 * none gets one, and its tweet is posted as often as it asks.
 */
function draftOf(c: Context<BearerEnv>, text: string) {
  const { account, app } = c.var.bearer;
  const sent = c.req.header('idempotency-key');
  const idempotencyKey = sent ? createHash('sha256').update(sent).digest('base64url') : randomUUID();
  const traceparent = c.var.trace?.span?.traceparent;
  return {
    authorId: account.id,
    text,
    idempotencyKey,
    app: { name: app.name, website: app.website },
    traceparent,
  };
}

async function scheduleLater(c: Context<BearerEnv>, draft: ReturnType<typeof draftOf>, at: Date) {
  const scheduling = schedule(c.env.web, draft, { at, account: c.var.bearer.account });
  const { answer } = await scheduling.catch(withTheirField);
  return toScheduledStatus(answer.task);
}
