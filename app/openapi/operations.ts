import type { z } from 'zod';
import {
  idempotencyKey,
  pageRequest,
  postTweetRequest,
  retryDeadLettersRequest,
  sessionRequest,
} from '#app/server/requests.ts';

/** One call of the HTTP interface. Schemas are the ones that validate; problems are kinds of app/server/problem.ts. */
export type Operation = {
  method: 'get' | 'post' | 'put' | 'delete';
  path: string;
  summary: string;
  /** The account that acts: a session that holds it, and `X-Account` to choose among several. */
  acts?: boolean;
  headers?: Record<string, z.ZodType>;
  query?: z.ZodObject;
  body?: z.ZodType;
  answer: { status: number; description: string; type?: 'text/event-stream' | 'text/plain' };
  problems: number[];
};

const ok = (description: string) => ({ status: 200, description });
const done = { status: 204, description: 'Done, also when it was so already' };
const delivery = 'Its delivery is on the way; `Location` is where to look';

export const OPERATIONS: Operation[] = [
  {
    method: 'get',
    path: '/api/accounts',
    summary: 'The demo accounts',
    answer: ok('`{ accounts }`'),
    problems: [503],
  },
  {
    method: 'get',
    path: '/api/session',
    summary: 'The accounts that this session holds',
    answer: ok('`{ accounts, acting }`'),
    problems: [503],
  },
  {
    method: 'post',
    path: '/api/session',
    summary: 'Signs a demo account in, beside those held already',
    body: sessionRequest,
    answer: { status: 204, description: 'Signed in; the cookie is HttpOnly' },
    problems: [400, 403, 413, 503],
  },
  {
    method: 'post',
    path: '/api/tweets',
    summary: 'Accepts a tweet; the same key and body again get the same answer for 24 hours',
    acts: true,
    headers: { 'Idempotency-Key': idempotencyKey },
    body: postTweetRequest,
    answer: { status: 202, description: `\`{ tweet, delivery }\`. ${delivery}` },
    problems: [400, 401, 403, 409, 413, 422, 429, 503],
  },
  {
    method: 'delete',
    path: '/api/tweets/{id}',
    summary: 'Deletes an own tweet and cancels its delivery',
    acts: true,
    answer: done,
    problems: [401, 403, 404, 503],
  },
  {
    method: 'get',
    path: '/api/tweets/{id}/delivery',
    summary: 'How far the delivery is; `?include=chunks` for its chunks too',
    answer: ok('The delivery, or `{ tweet, delivery, chunks }`'),
    problems: [404, 503],
  },
  {
    method: 'post',
    path: '/api/tweets/{id}/audit',
    summary: 'Reads every follower’s timeline back',
    answer: ok('`{ expected, present, cold, gone, missing, twice, ms, … }`'),
    problems: [403, 404, 409, 503],
  },
  {
    method: 'post',
    path: '/api/tweets/{id}/retry',
    summary: 'Retries the failed chunks of an own tweet',
    acts: true,
    answer: { status: 202, description: `\`{ chunks }\`. ${delivery}` },
    problems: [401, 403, 404, 503],
  },
  {
    method: 'get',
    path: '/api/timelines/home',
    summary: 'A page of the home timeline',
    acts: true,
    query: pageRequest,
    answer: ok('`{ tweets, nextCursor, source }`'),
    problems: [400, 401, 403, 503],
  },
  {
    method: 'get',
    path: '/api/users/{handle}',
    summary: 'One person',
    answer: ok('The person, and whether the acting account follows them'),
    problems: [403, 404, 503],
  },
  {
    method: 'get',
    path: '/api/users/{handle}/tweets',
    summary: 'A page of one person’s tweets',
    query: pageRequest,
    answer: ok('`{ tweets, nextCursor, source }`'),
    problems: [400, 404, 503],
  },
  {
    method: 'put',
    path: '/api/users/{handle}/follow',
    summary: 'Follows',
    acts: true,
    answer: done,
    problems: [400, 401, 403, 404, 503],
  },
  {
    method: 'delete',
    path: '/api/users/{handle}/follow',
    summary: 'Unfollows',
    acts: true,
    answer: done,
    problems: [400, 401, 403, 404, 503],
  },
  {
    method: 'get',
    path: '/api/queue',
    summary: 'Deliveries, jobs and workers',
    answer: ok('`{ deliveries, fanOuts, jobs, workers }`'),
    problems: [503],
  },
  {
    method: 'post',
    path: '/api/dead-letters/retry',
    summary: 'Retries all dead letters of a queue, or the chunks that died of one error',
    acts: true,
    body: retryDeadLettersRequest,
    answer: { status: 202, description: '`{ chunks, messages }`' },
    problems: [400, 401, 403, 413, 503],
  },
  {
    method: 'get',
    path: '/api/stream',
    summary: 'Live events of `?topics=posts:{handle},home:{handle},delivery:{id},status,console`',
    answer: { ...ok('Server-sent events; resumes after `Last-Event-ID`'), type: 'text/event-stream' },
    problems: [400, 403, 503],
  },
];
