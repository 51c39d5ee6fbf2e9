import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigError, readConfig } from './config.ts';

const NEEDED = {
  DATABASE_URL: 'postgres://localhost/x',
  TIMELINE_REDIS_URL: 'redis://localhost',
  SESSION_SECRET: 'sixteen letters.',
};
const read = (set: Record<string, string>) => readConfig(z.object({}), { ...NEEDED, ...set });

const COUNTS = [
  'MAX_WAIT_S',
  'MAX_BACKLOG',
  'POSTS_PER_MINUTE',
  'FOLLOWS_PER_MINUTE',
  'MAX_SCHEDULED_TWEETS',
  'MAX_SCHEDULES',
  'MAX_ARCHIVES',
  'ARCHIVES_PER_DAY',
  'SUGGESTIONS_PER_HOUR',
  'AUDITS_PER_MINUTE',
  'MAX_REQUESTS',
  'MAX_STREAMS',
  'STREAMS_PER_ADDRESS',
  'PAGES_PER_SECOND',
  'STREAMS_PER_SESSION',
  'STREAM_BUFFER_KB',
  'CHUNK_SIZE',
  'DELIVERY_CONCURRENCY',
  'PUSH_CONCURRENCY',
  'FAN_OUT_CONCURRENCY',
  'CHUNK_DAYS',
  'FAN_OUT_DAYS',
  'TIMELINE_CAP',
  'TIMELINE_SHARDS',
  'PORT',
];
const ABSURD = ['0', '-1', 'many', '1.5', 'NaN', 'Infinity', '1e99', ' '];

describe('the environment', () => {
  it('needs three variables and has a default for each of the others', () => {
    expect(read({})).toMatchObject({
      MAX_WAIT_S: 10,
      POSTS_PER_MINUTE: 60,
      MAX_REQUESTS: 200,
      MAX_STREAMS: 500,
      CHUNK_SIZE: 4_000,
    });
    expect(read({}).MAX_BACKLOG).toBeUndefined();
  });

  it('takes an empty variable for one that is not set', () => {
    expect(read({ MAX_WAIT_S: '' }).MAX_WAIT_S).toBe(10);
  });

  it.each(COUNTS)(
    'refuses %s when it is zero, negative, no number or no whole one, and says what it expected',
    (name) => {
      for (const value of ABSURD) {
        expect(() => read({ [name]: value }), value).toThrow(ConfigError);
        expect(() => read({ [name]: value })).toThrow(
          new RegExp(`${name}: Expected a whole number from \\d+ to \\d+, got ${JSON.stringify(value)}`),
        );
      }
    },
  );

  it.each(['DATABASE_URL', 'TIMELINE_REDIS_URL', 'SESSION_SECRET'])('names %s when it is missing', (name) => {
    expect(() => read({ [name]: '' })).toThrow(name);
  });

  it('takes the handles of operators, and nobody by default', () => {
    expect(read({}).OPERATORS).toEqual([]);
    expect(read({ OPERATORS: ',' }).OPERATORS).toEqual([]);
    expect(read({ OPERATORS: ' ada, olga_9,ada ,' }).OPERATORS).toEqual(['ada', 'olga_9']);
  });

  it.each(['@ada', 'Ada', 'ad', 'ada olga', 'ada;olga', 'a'.repeat(16)])(
    'refuses %s for an operator',
    (handle) => {
      expect(messageOf({ OPERATORS: `olga,${handle}` })).toContain(
        `OPERATORS: Expected handles of accounts, 3 to 15 of a-z, 0-9 and _ each, separated by commas, got ${JSON.stringify(`olga,${handle}`)}`,
      );
    },
  );

  it('refuses a METRICS_TOKEN of fewer than 16 characters without printing it, and needs none', () => {
    expect(read({}).METRICS_TOKEN).toBeUndefined();
    expect(read({ METRICS_TOKEN: 'sixteen letters.' }).METRICS_TOKEN).toBe('sixteen letters.');
    const said = messageOf({ METRICS_TOKEN: 'hunter2' });
    expect(said).toContain('METRICS_TOKEN: Expected 16 to 10000 characters, got 7');
    expect(said).not.toContain('hunter2');
  });

  it('has no lab unless LAB=1, for this machine alone unless LAB_HOSTS names others', () => {
    expect(read({})).toMatchObject({ LAB: false, LAB_HOSTS: [] });
    expect(read({ LAB: '1', LAB_HOSTS: '10.0.0.0/8, ::1,' })).toMatchObject({
      LAB: true,
      LAB_HOSTS: ['10.0.0.0/8', '::1'],
    });
    expect(messageOf({ LAB: 'yes' })).toContain('LAB: Expected 0 or 1, got "yes"');
  });

  it.each(['laptop', '10.0.0.0/33', '10.0.0', '*', '10.0.0.0/8/8', '::1/129', '1.2.3.4/-1'])(
    'refuses %s for a machine that may use the lab',
    (host) => {
      expect(messageOf({ LAB_HOSTS: host })).toContain('LAB_HOSTS: Expected IP addresses or networks');
    },
  );

  it('takes the memory of timelines as Redis writes it, and refuses what is none or too little', () => {
    expect(read({}).TIMELINE_MEMORY).toBeUndefined();
    expect(read({ TIMELINE_MEMORY: '64mb' }).TIMELINE_MEMORY).toBe(64 * 2 ** 20);
    expect(read({ TIMELINE_MEMORY: '4GB' }).TIMELINE_MEMORY).toBe(4 * 2 ** 30);
    for (const value of ['63mb', '4', '4 gb', '-1gb', '1e9mb', '50%'])
      expect(messageOf({ TIMELINE_MEMORY: value })).toContain(
        'TIMELINE_MEMORY: Expected an amount of memory',
      );
  });

  it('names every variable that is wrong, not only the first', () => {
    expect(() => read({ MAX_WAIT_S: '0', CHUNK_SIZE: '-5' })).toThrow(/MAX_WAIT_S.*CHUNK_SIZE/s);
  });

  it.each(['DATABASE_URL', 'TIMELINE_REDIS_URL', 'SESSION_SECRET'])(
    'never prints %s, not even a mistyped one',
    (name) => {
      const wrong = [
        'mysql://me:hunter2@x',
        'me:hunter2@x',
        'hunter2',
        'redis:me:hunter2@x',
        'redis://x:hunter2',
        'postgres://x:hunter2',
      ];
      for (const value of wrong.filter((each) => name !== 'SESSION_SECRET' || each.length < 16))
        expect(messageOf({ [name]: value }), value).not.toContain('hunter2');
    },
  );
  it('says what is wrong with a URL without saying the URL', () => {
    const expected =
      'TIMELINE_REDIS_URL: Expected a URL that starts with redis:// or rediss://, or redis-cluster:// and the nodes of a cluster, separated by commas, got one';
    expect(messageOf({ TIMELINE_REDIS_URL: 'mysql://x' })).toContain(
      `${expected} that starts with mysql://\n`,
    );
    expect(messageOf({ TIMELINE_REDIS_URL: 'localhost' })).toContain(`${expected} without a protocol\n`);
    expect(messageOf({ TIMELINE_REDIS_URL: 'redis://a:b/c@x' })).toContain(
      `${expected} that cannot be read: in a password`,
    );
  });
});

function messageOf(set: Record<string, string>): string {
  try {
    read(set);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('Expected a ConfigError, got a configuration');
}
