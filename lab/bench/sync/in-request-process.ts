import { brokerVariables } from '#broker/variables.ts';
import { readConfig } from '#core/config.ts';
import { openPostgres } from '#core/postgres.ts';
import { openRedis } from '#core/redis.ts';
import { postInRequest } from './ways.ts';

/** A web process that delivers inside the request and is killed half-way. After each chunk it prints how many have it. */
const config = readConfig(brokerVariables);
const { pool } = openPostgres({ url: config.DATABASE_URL, max: 2, name: 'in request' });
const redis = openRedis(config.TIMELINE_REDIS_URL, 'in request');
const store = { redis, shards: config.TIMELINE_SHARDS, cap: config.TIMELINE_CAP };
await postInRequest({ pool, store, config }, Number(process.argv[2]), (delivered) => console.log(delivered));
