import type pg from 'pg';
import { type Audience, audiences } from './audiences.ts';
import { demoAccounts } from './demo/accounts.ts';
import type { Drawn } from './size.ts';
import { withoutIndexes } from './without-indexes.ts';

/** Writes every edge as if it had always been there: no fan-out and no backfill owes anything for it. */
export async function writeFollows(client: pg.PoolClient, drawn: Drawn): Promise<void> {
  const everyone = audiences(drawn.size);
  await withoutIndexes(client, 'follow', async () => {
    await writeDemoEdges(client, everyone);
    await writeGeneratedEdges(client, everyone, drawn);
  });
}

async function writeDemoEdges(client: pg.PoolClient, everyone: Audience[]) {
  const edges = everyone.flatMap(({ followeeId, demoFollowers }) =>
    demoFollowers.map((followerId) => ({ followeeId, followerId })),
  );
  await client.query(
    `INSERT INTO follow (followee_id, follower_id, since, backfilled_at)
     SELECT followee, follower, 0, to_timestamp(0) FROM unnest($1::int[], $2::int[]) AS edge(followee, follower)
     ORDER BY followee, follower`,
    [edges.map((edge) => edge.followeeId), edges.map((edge) => edge.followerId)],
  );
}

/**
 * Cuts the population into as many strata as the account has followers, and takes one person of each by a hash. So the
 * followers are distinct and in order, and nothing has to be remembered or sorted. Postgres cannot change that hash,
 * because partitions depend on it. An author in the population is stepped over, and one person less is counted.
 */
async function writeGeneratedEdges(client: pg.PoolClient, everyone: Audience[], { size, seed }: Drawn) {
  await client.query(
    `INSERT INTO follow (followee_id, follower_id, since, backfilled_at)
     SELECT followee, $3 + place + (followee >= $3 AND $3 + place >= followee)::int, 0, to_timestamp(0)
     FROM unnest($1::int[], $2::int[]) AS audience(followee, followers)
     CROSS JOIN LATERAL (SELECT $4::bigint - (followee >= $3)::int AS people) AS others
     CROSS JOIN LATERAL (
       SELECT (n * people / followers
               + (hashint8extended(n, followee + $5::bigint * 1000000) & 2147483647) % (people / followers))::int AS place
       FROM generate_series(0::bigint, followers - 1) AS n
     ) AS drawn`,
    [
      everyone.map((audience) => audience.followeeId),
      everyone.map((audience) => audience.generated),
      demoAccounts.length + 1,
      size.population,
      seed,
    ],
  );
}
