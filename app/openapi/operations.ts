import type { z } from 'zod';
import {
  addScheduleRequest,
  askTaskRequest,
  changeScheduleRequest,
  discardDeadLettersRequest,
  editTaskRequest,
  idempotencyKey,
  limitRequest,
  pageRequest,
  pauseRequest,
  postTweetRequest,
  retryDeadLettersRequest,
  sessionRequest,
  tasksRequest,
} from '#app/server/requests.ts';

/** One call of the HTTP interface. Schemas are the ones that validate; problems are kinds of app/server/problem.ts. */
export type Operation = {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  path: string;
  summary: string;
  /** The account that acts: a session that holds it, and `X-Account` to choose among several. */
  acts?: boolean;
  headers?: Record<string, z.ZodType>;
  query?: z.ZodObject;
  body?: z.ZodType;
  answer: {
    status: number;
    description: string;
    type?: 'text/event-stream' | 'text/plain' | 'application/zip';
  };
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
    path: '/api/accounts/histogram',
    summary: 'How many people have 0, 1 to 9, 10 to 99 … followers, counted once a minute at most',
    answer: ok('`{ followers: [{ from, people }] }`'),
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
    answer: {
      status: 202,
      description: `\`{ tweet, delivery }\`. ${delivery}. With \`scheduledFor\`: \`{ task }\``,
    },
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
    path: '/api/trends',
    summary: 'The words and tags that most tweets of the last hours hold, counted every 30 s',
    query: limitRequest,
    answer: ok('`{ trends: [{ term, tweets }], countedAt, hours }`'),
    problems: [400, 503],
  },
  {
    method: 'get',
    path: '/api/suggestions',
    summary: 'Whom the acting account might follow, as it was computed last',
    acts: true,
    query: limitRequest,
    answer: ok('`{ accounts, readers, computedAt }`'),
    problems: [400, 401, 403, 503],
  },
  {
    method: 'get',
    path: '/api/tasks',
    summary: 'Tasks, the newest first; with `scope=all` everybody’s, without what is theirs alone',
    acts: true,
    query: tasksRequest,
    answer: ok('`{ tasks }`'),
    problems: [400, 401, 403, 503],
  },
  {
    method: 'post',
    path: '/api/tasks',
    summary: 'Asks for background work; while it is unfinished, asking again returns the same task',
    acts: true,
    body: askTaskRequest,
    answer: { status: 202, description: '`{ task }`. `Location` is where to look' },
    problems: [400, 401, 403, 413, 503],
  },
  {
    method: 'get',
    path: '/api/tasks/{id}',
    summary: 'An own task: its state, progress and result',
    acts: true,
    answer: ok('`{ task }`'),
    problems: [401, 403, 404, 503],
  },
  {
    method: 'patch',
    path: '/api/tasks/{id}',
    summary: 'Changes an own scheduled tweet that has not been posted',
    acts: true,
    body: editTaskRequest,
    answer: ok('`{ task }`'),
    problems: [400, 401, 403, 404, 409, 413, 503],
  },
  {
    method: 'delete',
    path: '/api/tasks/{id}',
    summary: 'Cancels an own task, before it starts or in the middle',
    acts: true,
    answer: done,
    problems: [401, 403, 404, 503],
  },
  {
    method: 'post',
    path: '/api/tasks/{id}/retry',
    summary: 'Gives an own task that failed all its attempts again',
    acts: true,
    answer: { status: 202, description: '`{ task }`' },
    problems: [401, 403, 404, 409, 503],
  },
  {
    method: 'get',
    path: '/api/schedules',
    summary: 'What is asked for again and again, with its last run and its next',
    answer: ok('`{ schedules }`'),
    problems: [503],
  },
  {
    method: 'post',
    path: '/api/schedules',
    summary: 'Adds a schedule, by a cron expression in a time zone or by an interval',
    acts: true,
    body: addScheduleRequest,
    answer: { status: 201, description: '`{ schedule }`' },
    problems: [400, 401, 403, 413, 503],
  },
  {
    method: 'patch',
    path: '/api/schedules/{name}',
    summary: 'Changes when a schedule runs, or whether: an own one, or one of the system',
    acts: true,
    body: changeScheduleRequest,
    answer: ok('`{ schedule }`'),
    problems: [400, 401, 403, 404, 413, 503],
  },
  {
    method: 'delete',
    path: '/api/schedules/{name}',
    summary: 'Removes an own schedule',
    acts: true,
    answer: done,
    problems: [401, 403, 404, 503],
  },
  {
    method: 'get',
    path: '/api/tasks/{id}/file',
    summary: 'The archive that an own task made',
    acts: true,
    answer: { ...ok('The zip, with its length and a name'), type: 'application/zip' },
    problems: [401, 403, 404, 503],
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
    method: 'post',
    path: '/api/dead-letters/discard',
    summary: 'Drops all dead letters of a queue, or those that died of one error, for good',
    acts: true,
    body: discardDeadLettersRequest,
    answer: ok('`{ messages }`'),
    problems: [400, 401, 403, 413, 503],
  },
  {
    method: 'put',
    path: '/api/pause',
    summary:
      'Pauses deliveries, or lets them go on; workers obey within 2 s, and tweets are accepted meanwhile',
    acts: true,
    body: pauseRequest,
    answer: ok('`{ paused, since }`'),
    problems: [400, 401, 403, 413, 503],
  },
  {
    method: 'get',
    path: '/api/stream',
    summary:
      'Live events of `?topics=posts:{handle},home:{handle},tasks:{handle},delivery:{id},status,console`',
    answer: { ...ok('Server-sent events; resumes after `Last-Event-ID`'), type: 'text/event-stream' },
    problems: [400, 403, 503],
  },
];
