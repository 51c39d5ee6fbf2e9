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
  'MAX_REQUESTS',
  'MAX_STREAMS',
  'CHUNK_SIZE',
  'DELIVERY_CONCURRENCY',
  'FAN_OUT_CONCURRENCY',
  'TIMELINE_CAP',
  'TIMELINE_SHARDS',
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

  it('names every variable that is wrong, not only the first', () => {
    expect(() => read({ MAX_WAIT_S: '0', CHUNK_SIZE: '-5' })).toThrow(/MAX_WAIT_S.*CHUNK_SIZE/s);
  });
});
