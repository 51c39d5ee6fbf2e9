import { expect, it } from 'vitest';
import { awayOf, isPoolBusy, isPostgresAway, isStoreAway, isTooSlow } from './away.ts';
import { PoolBusy } from './postgres.ts';

const postgres = (code: string) => Object.assign(new Error('a message of Postgres'), { code });
/** As Prisma Client throws it. */
const prisma = (code: string, originalCode?: string) =>
  Object.assign(new Error('a message of Prisma'), {
    code,
    meta: { modelName: 'User', driverAdapterError: { cause: { kind: 'postgres', originalCode } } },
  });
const redis = (message: string) => Object.assign(new Error(message), { command: { name: 'evalsha' } });
const named = (name: string) => Object.assign(new Error('no answer'), { name });

it.each([
  [postgres('57P01'), 'Postgres does not answer'],
  [postgres('57014'), 'Postgres does not answer'],
  [postgres('53300'), 'Postgres does not answer'],
  [postgres('ECONNREFUSED'), 'Postgres does not answer'],
  [new AggregateError([postgres('ECONNREFUSED'), postgres('ECONNREFUSED')]), 'Postgres does not answer'],
  [new Error('Query read timeout'), 'Postgres does not answer'],
  [postgres('25006'), 'Postgres takes no writes now'],
  [postgres('53100'), 'Postgres takes no writes now'],
  [postgres('28P01'), 'Postgres refuses the user or the password'],
  [postgres('40P01'), 'Postgres gave this request up for another one'],
  [prisma('P2034', '40001'), 'Postgres gave this request up for another one'],
  [prisma('P1001'), 'Postgres does not answer'],
  [prisma('P2039', '57P01'), 'Postgres does not answer'],
  [prisma('P2039', '25006'), 'Postgres takes no writes now'],
  [prisma('P1000', '28P01'), 'Postgres refuses the user or the password'],
  [named('MaxRetriesPerRequestError'), 'The timeline store does not answer'],
  [redis('Command timed out'), 'The timeline store does not answer'],
  [redis('LOADING Redis is loading the dataset in memory'), 'The timeline store does not answer'],
  [redis('BUSY Redis is busy running a script.'), 'The timeline store does not answer'],
  [redis('CLUSTERDOWN The cluster is down'), 'The timeline store does not answer'],
  [redis('MISCONF Errors writing to the AOF file'), 'The timeline store takes no writes now'],
  [redis('NOREPLICAS Not enough good replicas to write.'), 'The timeline store takes no writes now'],
  [redis("READONLY You can't write against a read only replica."), 'The timeline store takes no writes now'],
  [
    redis("OOM command not allowed when used memory > 'maxmemory'."),
    'The timeline store takes no writes now',
  ],
  [redis('NOAUTH Authentication required.'), 'The timeline store refuses the user or the password'],
  [named('BrokerAway'), 'The broker does not answer'],
])('%s says: %s', (error, sentence) => {
  const away = awayOf(error);
  expect(`${away?.server} ${away?.reason}`).toBe(sentence);
});

it.each([
  postgres('23505'), // a row that is there already
  postgres('42P01'), // a table that is not
  prisma('P2002', '23505'),
  prisma('P2039', '42P01'),
  prisma('P2025'),
  new AggregateError([postgres('ECONNREFUSED'), postgres('42P01')]),
  redis('WRONGTYPE Operation against a key holding the wrong kind of value'),
  redis('BUSYGROUP Consumer Group name already exists'),
  new Error('ours'),
  'a text',
])('%s is a mistake of its own, whatever server it comes from', (error) => {
  expect(awayOf(error)).toBeNull();
});

it('does not take a failed command of Redis for Postgres', () => {
  const error = Object.assign(redis('read ECONNRESET'), { code: 'ECONNRESET' });
  expect([isPostgresAway(error), isStoreAway(error)]).toEqual([false, true]);
});

it('tells a pool that is busy from a Postgres that is away', () => {
  const error = new PoolBusy('All 6 connections to Postgres are taken');
  expect([isPoolBusy(error), awayOf(error)]).toEqual([true, null]);
});

it('tells a statement that Postgres gave up as too slow from a Postgres that is silent', () => {
  expect(isTooSlow(postgres('57014'))).toBe(true);
  expect(isTooSlow(prisma('P2039', '57014'))).toBe(true);
  expect(isTooSlow(new Error('Query read timeout'))).toBe(false);
  expect(isTooSlow(postgres('57P01'))).toBe(false);
});
