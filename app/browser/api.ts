import { MINUTE } from '#core/durations.ts';
import { answer, done, openApi } from './http.ts';
import * as shapes from './shapes.ts';

/**
 * What pages ask of the HTTP interface, except for posting, which is in outbox/send.ts. All throw what `answer` throws.
 */

const { api } = openApi();

/** Names the acting account. Without it the server takes the one that was signed in last. */
export const as = (account: string | undefined) =>
  account === undefined ? {} : { headers: { 'X-Account': account } };

/** Signs a demo account in, beside those that the session holds already. */
export const signIn = (handle: string): Promise<void> => done(api.session.$post({ json: { handle } }));

/** How many people have how many followers. */
export const readHistogram = () => answer(api.accounts.histogram.$get(), shapes.histogram);

type TweetToSchedule = { text: string; scheduledFor: Date; account: string; idempotencyKey: string };

/** Schedules a tweet. Sent again with the same key, it is still one task. */
export const scheduleTweet = ({ text, scheduledFor, account, idempotencyKey }: TweetToSchedule) => {
  const headers = { 'X-Account': account, 'Idempotency-Key': idempotencyKey };
  const json = { text, scheduledFor: scheduledFor.toISOString() };
  return answer(api.tweets.$post({ json }, { headers }), shapes.oneTask);
};

/** Deletes the account's own tweet. */
export const deleteTweet = (tweetId: number, account: string): Promise<void> =>
  done(api.tweets[':id'].$delete({ param: { id: String(tweetId) } }, as(account)));

/** Gives the failed chunks of the account's own tweet another chance; says how many. */
export const retryFailed = (tweetId: number, account: string) =>
  answer(
    api.tweets[':id'].retry.$post({ param: { id: String(tweetId) } }, as(account)),
    shapes.retriedChunks,
  );

/** A tweet's delivery as the ledger has it now. */
export const readDelivery = (tweetId: number) =>
  answer(api.tweets[':id'].delivery.$get({ param: { id: String(tweetId) }, query: {} }), shapes.delivery);

const AUDIT_PATIENCE = 2 * MINUTE; // a million timelines take a few seconds, and longer while other audits run

/** Reads every follower's timeline back. */
export const auditTweet = (tweetId: number) =>
  answer(
    openApi('/', AUDIT_PATIENCE).api.tweets[':id'].audit.$post({ param: { id: String(tweetId) } }),
    shapes.audit,
  );

/** Tweets a page. */
export const PAGE = 40;

/** The newest page of an account's home timeline, or the one behind a cursor. */
export const readHome = (account: string, cursor: string | null = null) =>
  answer(
    api.timelines.home.$get({ query: { limit: String(PAGE), ...(cursor && { cursor }) } }, as(account)),
    shapes.timelinePage,
  );

/** Trends, as they were counted last. */
export const readTrends = (limit: number) =>
  answer(api.trends.$get({ query: { limit: String(limit) } }), shapes.trends);

/** Whom the account might follow, as it was computed last. */
export const readSuggestions = (account: string, limit: number) =>
  answer(api.suggestions.$get({ query: { limit: String(limit) } }, as(account)), shapes.suggestions);

/** A person, and whether the acting account follows them. */
export const readUser = (handle: string, account: string) =>
  answer(api.users[':handle'].$get({ param: { handle } }, as(account)), shapes.user);

/** Follows; doing so twice is the same as once. */
export const follow = (handle: string, account: string): Promise<void> =>
  done(api.users[':handle'].follow.$put({ param: { handle } }, as(account)));

/** Unfollows; doing so twice is the same as once. */
export const unfollow = (handle: string, account: string): Promise<void> =>
  done(api.users[':handle'].follow.$delete({ param: { handle } }, as(account)));

/** Asks for background work; while it is unfinished, asking again returns the same task. */
export const askTask = (kind: 'archive' | 'suggestions', account: string) =>
  answer(api.tasks.$post({ json: { kind } }, as(account)), shapes.oneTask);

/** Changes a scheduled tweet that has not been posted. */
export const editScheduled = (
  id: number,
  { text, scheduledFor, account }: Pick<TweetToSchedule, 'text' | 'scheduledFor' | 'account'>,
) => {
  const json = { text, scheduledFor: scheduledFor.toISOString() };
  return answer(api.tasks[':id'].$patch({ param: { id: String(id) }, json }, as(account)), shapes.oneTask);
};

/** Cancels a task before it starts or while it runs; doing so twice is fine. */
export const cancelTask = (id: number, account: string): Promise<void> =>
  done(api.tasks[':id'].$delete({ param: { id: String(id) } }, as(account)));

/** Gives a dead letter all its attempts again. */
export const retryTask = (id: number, account: string) =>
  answer(api.tasks[':id'].retry.$post({ param: { id: String(id) } }, as(account)), shapes.oneTask);

/** All schedules. */
export const readSchedules = () => answer(api.schedules.$get(), shapes.schedules);

type ScheduleToAdd = { name: string; kind: 'trends'; cron: string; timeZone: string };

/** Adds a schedule; a refusal names the field. */
export const addSchedule = (schedule: ScheduleToAdd, account: string) =>
  answer(api.schedules.$post({ json: schedule }, as(account)), shapes.oneSchedule);

/** Pauses a schedule or lets it go on. */
export const changeSchedule = (name: string, change: { enabled: boolean }, account: string) =>
  answer(api.schedules[':name'].$patch({ param: { name }, json: change }, as(account)), shapes.oneSchedule);

/** Removes a schedule; doing so twice is fine. */
export const removeSchedule = (name: string, account: string): Promise<void> =>
  done(api.schedules[':name'].$delete({ param: { name } }, as(account)));

/** Pauses deliveries, or lets them go on; doing so twice is the same as once. */
export const setPaused = (paused: boolean, account: string) =>
  answer(api.pause.$put({ json: { paused } }, as(account)), shapes.pause);

/** Dead letters of a queue: all, those that died of one error, or one task. */
export type Matching = { queue: 'fan-out' | 'delivery' | 'task' | 'urgent'; error?: string; task?: number };

/** Gives dead letters another chance. */
export const retryDeadLetters = (matching: Matching, account: string | undefined) =>
  answer(api['dead-letters'].retry.$post({ json: matching }, as(account)), shapes.retriedDeadLetters);

/** Drops dead letters for good. */
export const discardDeadLetters = (matching: Matching, account: string | undefined) =>
  answer(api['dead-letters'].discard.$post({ json: matching }, as(account)), shapes.discardedDeadLetters);

/** Restores what a fault has broken. */
export const healFault = (id: number, account: string): Promise<void> =>
  done(api.lab.faults[':id'].$delete({ param: { id: String(id) } }, as(account)));
