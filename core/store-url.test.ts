import { describe, expect, it } from 'vitest';
import { clusterNodes, storeVariable } from './store-url.ts';

describe('the URL of a timeline store', () => {
  it('is that of one server, or names the nodes of a cluster', () => {
    expect(clusterNodes('redis://:pass@host:6379/3')).toBeNull();
    expect(clusterNodes('redis-cluster://a:1')).toEqual(['redis://a:1']);
    expect(clusterNodes('redis://me:p%40ss@a:1,b:2')).toEqual([
      'redis://me:p%40ss@a:1',
      'redis://me:p%40ss@b:2',
    ]);
    expect(clusterNodes('rediss-cluster://a:1,[::1]:2')).toEqual(['rediss://a:1', 'rediss://[::1]:2']);
  });

  it.each(['redis://localhost', 'rediss://:p@x:1/2', 'redis-cluster://:p@a:1,b:2', 'redis://a:1,b:2/0'])(
    'may be %s',
    (url) => expect(storeVariable.safeParse(url).success).toBe(true),
  );

  it.each([
    ['redis-cluster://:secret@a:1,b:2/1', 'another database than 0, which a cluster does not have'],
    ['redis-cluster://:secret@a:1,a:1', 'node 2 of 2 twice'],
    ['redis-cluster://:secret@a:1,b:x', 'as node 2 of 2 one that cannot be read'],
    ['redis-cluster://:secret@a:1,', 'as node 2 of 2 one that cannot be read'],
    ['mysql://:secret@a', 'one that starts with mysql://'],
  ])('is not %s, and the refusal holds no password', (url, got) => {
    const [issue] = storeVariable.safeParse(url).error?.issues ?? [];
    expect(issue).toMatchObject({ params: { got } });
    expect(JSON.stringify(issue)).not.toContain('secret');
  });
});
