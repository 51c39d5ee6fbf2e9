import { openPostgres } from '#core/postgres.ts';
import { median, percentile } from '#lab/harness/statistics.ts';
import type { Application } from '#lab/stage/application.ts';
import type { Group } from './authors.ts';
import type { Order, Round } from './round.ts';

/**
 * The limit that posting is compared with: the three rows of a post (key, tweet, fan-out), committed to disk by one
 * prepared statement on as many connections to the same Postgres. There is no rate, no bound and no delivery.
 */
export async function writeRowsAlone(
  { databaseUrl }: Application,
  { authors }: Group,
  { connections, seconds }: Order,
): Promise<Round> {
  const own = openPostgres({ url: databaseUrl, max: connections, name: 'bench limit' });
  const ms: number[] = [];
  const started = performance.now();
  const writeOn = async (connection: number) => {
    for (let n = connection; performance.now() - started < seconds * 1_000; n += connections) {
      const begun = performance.now();
      const author = authors[n % authors.length]?.id;
      await own.pool.query({ name: 'rows-alone', text: ROWS, values: [author, crypto.randomUUID()] });
      ms.push(performance.now() - begun);
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, (_, connection) => writeOn(connection)));
  } finally {
    await own.close();
  }
  const perSecond = ms.length / ((performance.now() - started) / 1_000);
  return { posts: ms.length, perSecond, p50: median(ms), p99: percentile(ms, 99), cpu: new Map() };
}

// The fan-out is to nobody and delivered, so no worker takes it and the backlog does not change.
const ROWS = `
  WITH new AS (SELECT nextval('tweet_id_seq') AS id),
  key AS (
    INSERT INTO idempotency_key (account_id, key, fingerprint, tweet_id) SELECT $1, $2, 'bench', id FROM new
  ),
  tweet AS (INSERT INTO tweet (id, author_id, text) SELECT id, $1, 'A tweet of the bench' FROM new)
  INSERT INTO fan_out (tweet_id, author_id, state, expected, finished_at)
  SELECT id, $1, 'delivered', 0, clock_timestamp() FROM new`;
