import { z } from '@hono/zod-openapi';
import { count, id, time } from '#api/schemas/common.ts';
import { auditShape } from '#core/audit/audit.ts';
import type { AuditProgress } from '#core/audit/line.ts';
import type { ChunkRecord } from '#core/ledger/chunks.ts';
import type { Delivery } from '#core/ledger/delivery.ts';
import type { Trend } from '#core/trends/trends.ts';
import type { Author, Tweet, TweetApp } from '#core/tweets/tweet.ts';

/** Tweets and their deliveries as answers show them, held to the types of core. */

const author = z.object({ id, handle: z.string(), name: z.string() }) satisfies z.ZodType<Author>;

const app = z.object({ name: z.string(), website: z.string().nullable() }).meta({
  description: 'The app that it was posted with; absent when it was posted here',
}) satisfies z.ZodType<TweetApp>;

export const tweet = z
  .object({ id, author, text: z.string(), createdAt: time, app: app.optional() })
  .meta({ id: 'Tweet' }) satisfies z.ZodType<Tweet>;

/** A page of tweets. */
export const timelinePage = z
  .object({
    tweets: z.array(tweet),
    nextCursor: z.string().nullable(),
    source: z.enum(['timeline', 'postgres']).meta({
      description:
        'Where the ids came from: the timeline, or Postgres because the timeline store is away or this page lies below its floor',
    }),
  })
  .meta({ id: 'TimelinePage' });

export const delivery = z
  .object({
    tweetId: id,
    authorId: id,
    state: z.enum(['waiting', 'delivering', 'delivered', 'failed', 'cancelled']),
    expected: count.meta({ description: 'Followers when the tweet was accepted' }),
    delivered: count.meta({ description: 'Entries that are in timelines' }),
    cold: count.meta({ description: 'Timelines that did not exist: rebuilt when their owners read' }),
    gone: count.meta({ description: 'Unfollowed before their chunk came' }),
    pulled: count.meta({ description: 'Read from the author’s list when they open home: all, or none' }),
    chunks: count,
    chunksDone: count,
    chunksFailed: count,
    redeliveries: count,
    acceptedAt: time,
    publishedAt: time.nullable(),
    startedAt: time.nullable(),
    plannedAt: time.nullable(),
    firstAt: time.nullable(),
    medianAt: time.nullable(),
    finishedAt: time.nullable(),
    traceId: z.string().nullable().optional().meta({ description: 'The trace of the post, if it is kept' }),
    now: time.meta({ description: 'The database’s clock when this was read' }),
  })
  .meta({ id: 'Delivery' }) satisfies z.ZodType<Delivery>;

export const chunk = z
  .object({
    number: count,
    state: z.enum(['waiting', 'in flight', 'delivered', 'failed']),
    fromId: z.int(),
    toId: z.int(),
    expected: count,
    delivered: count,
    cold: count,
    gone: count,
    attempts: count,
    redeliveries: count,
    worker: z.string().nullable(),
    error: z.string().nullable(),
    startedAt: time.nullable(),
    finishedAt: time.nullable(),
  })
  .meta({ id: 'Chunk' }) satisfies z.ZodType<ChunkRecord>;

export const audit = auditShape
  .extend({
    pulled: auditShape.shape.pulled.meta({ description: 'Followers who read it from the author’s list' }),
    sampled: auditShape.shape.sampled.meta({ description: 'Of these, whose home was read back' }),
  })
  .meta({ id: 'Audit' });

export const auditProgress = z
  .discriminatedUnion('state', [
    z.object({ state: z.literal('waiting'), ahead: count }),
    z.object({ state: z.enum(['running', 'aside']), read: count, expected: count }),
  ])
  .meta({ id: 'AuditProgress' }) satisfies z.ZodType<AuditProgress>;

const trend = z.object({ term: z.string(), tweets: count }) satisfies z.ZodType<Trend>;

/** Terms, and in how many tweets of the last `hours` each stands. */
export const trendsView = z.object({ trends: z.array(trend), countedAt: time.nullable(), hours: count });
