import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { brokerVariables } from '#broker/variables.ts';
import { findAccount } from '#core/accounts/accounts.ts';
import { readConfig } from '#core/config.ts';
import { readDeliveries } from '#core/ledger/delivery.ts';
import { isPostgresAway } from '#core/postgres.ts';
import { isStoreAway } from '#core/redis.ts';
import { deleteTweet } from '#core/tweets/delete-tweet.ts';
import { type Answer, type Call, type Door, openDoor } from './door/open.ts';
import { addRecurring, ask, cancel, edit, read, removeRecurring } from './door/tasks.ts';
import { changeEdge, home, post } from './door/tweets.ts';

/**
 * Stands in for the web process where none is built, as in the tests: the calls that the load makes, on the same
 * functions of core, without pages, streams and sign-in. `node door.ts PORT`.
 */
const door = openDoor(readConfig(brokerVariables));
createServer((request, response) => {
  answer(request)
    .catch(refusal)
    .then((found) => send(response, found));
}).listen(Number(process.argv[2]), '127.0.0.1');

/** As the web process answers: 503 for a server that is away, 500 for what nobody foresaw. */
function refusal(error: unknown): Answer {
  const away = isPostgresAway(error) || isStoreAway(error);
  if (!away) console.error(error);
  return { status: away ? 503 : 500, body: { type: '/problems/unavailable', detail: String(error) } };
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', 'set-cookie': 'session=door' });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

async function answer(request: IncomingMessage): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://door');
  const parts = url.pathname.split('/').slice(1);
  if (url.pathname === '/healthz' || url.pathname === '/api/session') return { status: 204 };
  const handle = String(request.headers['x-account']);
  const account = await findAccount(door.pool, handle);
  if (!account) return { status: 403 };
  const asked = ROUTES[`${request.method} ${parts[1]}`];
  return asked ? asked(door, { request, url, parts, accountId: account.id }) : { status: 404 };
}

const ROUTES: Record<string, (door: Door, call: Call) => Promise<Answer>> = {
  'POST tweets': post,
  'DELETE tweets': async ({ pool }, { parts, accountId }) => ({
    status: (await deleteTweet(pool, accountId, Number(parts[2]))) ? 204 : 404,
  }),
  'GET tweets': async ({ pool }, { parts }) => ({
    status: 200,
    body: (await readDeliveries(pool, [Number(parts[2])]))[0],
  }),
  'GET timelines': home,
  'PUT users': changeEdge,
  'DELETE users': changeEdge,
  'POST tasks': ask,
  'GET tasks': read,
  'PATCH tasks': edit,
  'DELETE tasks': cancel,
  'POST schedules': addRecurring,
  'DELETE schedules': removeRecurring,
};
