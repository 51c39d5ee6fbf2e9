/** What a person or a program does about a refusal. */
export type ProblemText = { status: number; title: string; happened: string; next: string };

/** One text for each `type` that a problem document may carry. */
export const TEXTS: Record<string, ProblemText> = {
  validation: {
    status: 400,
    title: 'Some of this is not as expected',
    happened:
      'A field has the wrong type, length or form. `errors` names each one and says what was expected.',
    next: 'Correct the named fields and send it again. Nothing was stored.',
  },
  'malformed-json': {
    status: 400,
    title: 'The body is not JSON',
    happened: 'The body could not be parsed, or is not declared as `application/json`.',
    next: 'Send one JSON object with that content type. Nothing was stored.',
  },
  'idempotency-key-missing': {
    status: 400,
    title: 'The Idempotency-Key header is missing',
    happened: 'Posting needs a key, so that a lost answer can be asked for again without a second tweet.',
    next: 'Make a new UUID for each tweet and send it as `Idempotency-Key`; the same one with every retry.',
  },
  unauthorized: {
    status: 401,
    title: 'No account is signed in',
    happened: 'The request carries no session, or one that has expired.',
    next: 'Choose a demo account, or `POST /api/session` with its handle, and keep the cookie.',
  },
  forbidden: {
    status: 403,
    title: 'This session does not hold that account',
    happened: '`X-Account`, or the tweet, names an account that was not signed in here.',
    next: 'Sign that account in first; a session may hold several.',
  },
  'foreign-origin': {
    status: 403,
    title: 'The request comes from another site',
    happened: '`Sec-Fetch-Site` or `Origin` shows that another site asked for a change in your name.',
    next: 'Send it from this application, or from a program that is not a browser.',
  },
  'not-found': {
    status: 404,
    title: 'There is no such thing',
    happened: 'The tweet was deleted or never existed, or no person has this handle.',
    next: 'Check the id or the handle.',
  },
  'idempotency-in-progress': {
    status: 409,
    title: 'The same request is being answered right now',
    happened: 'Another request with this Idempotency-Key has not been answered yet.',
    next: 'Wait as long as `Retry-After` says, then ask again with the same key: the answer will be the same.',
  },
  'too-late': {
    status: 409,
    title: 'It has begun already',
    happened:
      'The task has begun, or is over: what it was asked to do can be changed only until then. A task that failed ' +
      'cannot be retried either while one of its kind, asked for later, is not over.',
    next: 'Look at the task: cancel what runs, or ask for it again.',
  },
  'not-finished': {
    status: 409,
    title: 'The delivery is not finished',
    happened: 'An audit compares what should be there with what is: that has an answer only at the end.',
    next: 'Watch the delivery and ask again when its state is `delivered`.',
  },
  'too-large': {
    status: 413,
    title: 'The body is too large',
    happened: 'The body is larger than any valid request.',
    next: 'Send 280 characters at most.',
  },
  'idempotency-mismatch': {
    status: 422,
    title: 'The key was used for another body',
    happened: 'This Idempotency-Key belongs to a tweet with another text.',
    next: 'Take a new key for a new tweet.',
  },
  'over-rate': {
    status: 429,
    title: 'Too many requests at once',
    happened: 'This account has posted faster than its own rate allows. Others are not affected.',
    next: 'Wait as long as `Retry-After` says, then send the same tweet with the same key.',
  },
  'over-capacity': {
    status: 503,
    title: 'The system is full',
    happened:
      'The backlog of deliveries has reached its limit; accepting more would only promise what cannot be kept.',
    next: 'Wait as long as `Retry-After` says, with jitter on top, then send the same tweet with the same key.',
  },
  'too-busy': {
    status: 503,
    title: 'This web process is busy',
    happened:
      'It answers as many requests at once as it may (`MAX_REQUESTS`), or too many wait for a connection to Postgres. Postgres itself is well.',
    next: 'Wait as long as `Retry-After` says, with jitter on top, then send the same request again. Nothing was begun.',
  },
  'too-many-streams': {
    status: 503,
    title: 'This web process carries no more streams',
    happened: 'Every open tab holds one stream, and this process carries as many as it may (`MAX_STREAMS`).',
    next: 'Wait as long as `Retry-After` says and open it again; the pages of this application do so by themselves.',
  },
  unavailable: {
    status: 503,
    title: 'A server that this needs is away',
    happened:
      'Postgres or another server did not answer in time. Whether the request took effect may be unknown.',
    next: 'Send it again with the same key: it takes effect once.',
  },
};
