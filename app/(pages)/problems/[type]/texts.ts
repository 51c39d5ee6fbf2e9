import { PROBLEMS, type ProblemKind } from '#api/problem.ts';

/** What happened, and what a person or a program can do about it. */
type ProblemText = { happened: string; next: string };

const WORDS: Record<ProblemKind, ProblemText> = {
  validation: {
    happened:
      'A field has the wrong type, length or form. `errors` names each one and says what was expected.',
    next: 'Correct the named fields and send it again. Nothing was stored.',
  },
  'malformed-json': {
    happened: 'The body could not be read as JSON in UTF-8.',
    next: 'Send one JSON object in UTF-8. Nothing was stored.',
  },
  'malformed-request': {
    happened: 'The request could not be read as HTTP, or its address is not one.',
    next: 'Send a well-formed HTTP/1.1 request.',
  },
  'idempotency-key-missing': {
    happened: 'Posting needs a key, so that a lost answer can be asked for again without a second tweet.',
    next: 'Make a new UUID for each tweet and send it as `Idempotency-Key`; the same one with every retry.',
  },
  unauthorized: {
    happened: 'The request carries no session, or one that has expired.',
    next: 'Choose a demo account, or `POST /api/session` with its handle, and keep the cookie.',
  },
  forbidden: {
    happened: '`X-Account`, or the tweet, names an account that was not signed in here.',
    next: 'Sign that account in first; a session may hold several.',
  },
  'operators-only': {
    happened:
      'This concerns everybody, not only the account that asked: it pauses deliveries, say, or discards what somebody else asked for.',
    next: 'Act as an operator: `GET /api/accounts` tells who is one. The setting `OPERATORS` names them.',
  },
  'foreign-origin': {
    happened: '`Sec-Fetch-Site` or `Origin` shows that another site asked for a change in your name.',
    next: 'Send it from this application, or from a program that is not a browser.',
  },
  'lab-elsewhere': {
    happened: 'The request came from another machine, or through a proxy. The lab breaks real processes.',
    next: 'Open the lab on the machine that runs the system, or have the operator name yours in `LAB_HOSTS`.',
  },
  'lab-off': {
    happened: 'The lab breaks the running system on purpose. It is on only where that can harm nobody.',
    next: 'Start with `npm start` and no server of your own, or with `LAB=1`.',
  },
  'lab-busy': {
    happened: 'The same part is broken already, or an experiment is running. Two at once would spoil both.',
    next: 'Wait until it heals, restore it, or reset the lab.',
  },
  'not-embedded': {
    happened: 'The server was given by its URL. Others may use it, so the lab does not touch it.',
    next: 'Start without that variable: `npm start` then brings a server of its own, which may be broken.',
  },
  'not-installed': {
    happened: 'The experiment needs the server of a broker that is not on this machine.',
    next: 'Install what the text above names, or choose another broker. Nothing has to be started again.',
  },
  'not-found': {
    happened: 'The tweet was deleted or never existed, or no person has this handle.',
    next: 'Check the id or the handle.',
  },
  'method-not-allowed': {
    happened: 'This address exists, but it does not take this method.',
    next: 'Use one of the methods that the `Allow` header names; the reference at `/docs` lists them all.',
  },
  'too-slow': {
    happened: 'Headers must arrive within 10 s and a body within 5 s. This request did not.',
    next: 'Send it again, all of it at once. Nothing was begun.',
  },
  'idempotency-in-progress': {
    happened: 'Another request with this Idempotency-Key has not been answered yet.',
    next: 'Wait as long as `Retry-After` says, then ask again with the same key: the answer will be the same.',
  },
  'over-quota': {
    happened:
      'This account has as many schedules, or tweets that wait for their time, as it may. `limit` says how many, `used` how ' +
      'many there are. Waiting does not help.',
    next: 'Remove a schedule, or cancel a scheduled tweet, then send the same request again.',
  },
  'too-late': {
    happened:
      'The task has begun or is over. It could be changed only before it began. A task that failed cannot be retried ' +
      'while a later one of its kind is unfinished.',
    next: 'Look at the task. Cancel it while it runs, or ask for it again.',
  },
  'not-finished': {
    happened:
      'An audit compares the timelines with what was promised. It can run only when the delivery is over.',
    next: 'Watch the delivery and ask again when its state is `delivered`.',
  },
  'not-kept': {
    happened:
      'What the ledger has of a delivery is deleted some time after its end, so that it does not grow for ever: first ' +
      'its chunks, which an audit compares the timelines with, later its counts. The tweet stays.',
    next: 'Ask for a newer tweet. `detail` says what is kept for how long.',
  },
  'too-large': {
    happened: 'The body is larger than any valid request.',
    next: 'Send 280 characters at most.',
  },
  'foreign-host': {
    happened:
      'The request names a host that is not one of this server’s. Otherwise a page of another site could point its ' +
      'own name at this machine and act here in your name.',
    next: 'Use `localhost` or an IP address, or have the operator add the name to `ALLOWED_HOSTS`.',
  },
  'idempotency-mismatch': {
    happened: 'This Idempotency-Key belongs to a tweet with another text.',
    next: 'Take a new key for a new tweet.',
  },
  'over-audits': {
    happened:
      'An audit reads every follower’s timeline. One account may ask for so many a minute (`AUDITS_PER_MINUTE`), and one ' +
      'address for twice as many. Others are not affected.',
    next: 'Wait as long as `Retry-After` says. Asking for an audit that runs already counts as well.',
  },
  'over-share': {
    happened:
      'Every open tab holds one stream. This browser, or this address with all who share it, has as many as it may ' +
      '(`STREAMS_PER_SESSION`, `STREAMS_PER_ADDRESS`).',
    next: 'Close a tab that you do not need. This page works without a stream, and tries again by itself.',
  },
  'over-rate': {
    happened:
      'This account has posted, followed or asked for something more often than it may in a while, or has as many kept ' +
      'of what goes by itself. `limit` says how many it may. Others are not affected.',
    next: 'Wait as long as `Retry-After` says, then send the same request; a tweet with the same key.',
  },
  'headers-too-large': {
    happened: 'All headers together are larger than 16 KB.',
    next: 'Send fewer or smaller headers; in a browser, clear the cookies of this address.',
  },
  internal: {
    happened: 'Something unforeseen failed. The request may or may not have taken effect.',
    next: 'Send it again with the same key: it takes effect once. The log of the web process says what failed.',
  },
  'over-capacity': {
    happened:
      'The backlog has reached its limit, or what is left of it is kept for a large tweet that has waited; accepting more ' +
      'would only promise what cannot be kept. A tweet takes its deliveries of the limit, and 400 more for itself: `taken`, ' +
      '`cost` and `limit` say how much.',
    next: 'Wait as long as `Retry-After` says, with jitter on top, then send the same tweet with the same key.',
  },
  'too-busy': {
    happened:
      'It answers as many requests at once as it may (`MAX_REQUESTS`), or too many wait for a connection to Postgres. Postgres was not asked.',
    next: 'Wait as long as `Retry-After` says, with jitter on top, then send the same request again. Nothing was begun.',
  },
  'too-many-streams': {
    happened: 'Every open tab holds one stream, and this process carries as many as it may (`MAX_STREAMS`).',
    next: 'Wait as long as `Retry-After` says and open it again; the pages of this application do so by themselves.',
  },
  unavailable: {
    happened:
      'Postgres or another server does not answer, takes no writes now, or refuses its user or password. Whether the request took effect may be unknown.',
    next: 'Send it again with the same key: it takes effect once.',
  },
};

const texts = new Map<string, ProblemText>(Object.entries(WORDS));

/** One text for each `type` that a problem document may carry, with its status and title. */
export const TEXTS = Object.fromEntries(
  Object.entries(PROBLEMS).flatMap(([kind, problem]) => {
    const text = texts.get(kind);
    return text ? [[kind, { ...problem, ...text }]] : [];
  }),
);
