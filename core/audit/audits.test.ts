import { expect, it } from 'vitest';
import type { Audit } from './audit.ts';
import { type AuditRun, Audits, TooManyAudits } from './audits.ts';

const found = (tweetId: number): Audit => ({
  ...{ tweetId, expected: 12, present: 12, cold: 0, gone: 0, missing: 0, twice: 0 },
  ...{ examples: { missing: [], twice: [] }, ms: 1, checkedAt: '2026-01-01T00:00:00.000Z' },
});

/** Runs that end when they are told to. */
function held() {
  const runs: (AuditRun & { tweetId: number; end(): void; fail(error: Error): void })[] = [];
  const audits = new Audits(
    (tweetId, run) =>
      new Promise((resolve, reject) => {
        run.signal.addEventListener('abort', () => reject(run.signal.reason));
        runs.push({ ...run, tweetId, end: () => resolve(found(tweetId)), fail: reject });
      }),
  );
  return { audits, runs };
}

const always = () => new AbortController().signal;
const settled = () => new Promise((resolve) => setImmediate(resolve));

it('runs one at a time, in the order of asking', async () => {
  const { audits, runs } = held();
  const asked = [1, 2, 3].map((tweetId) => audits.ask(tweetId, always()));
  for (const tweetId of [1, 2, 3]) {
    await settled();
    expect(runs.map((run) => run.tweetId).at(-1)).toBe(tweetId);
    expect(runs).toHaveLength(tweetId);
    runs.at(-1)?.end();
    expect(await asked[tweetId - 1]).toEqual(found(tweetId));
  }
});

it('fifty who ask for one tweet share a run', async () => {
  const { audits, runs } = held();
  const asked = Array.from({ length: 50 }, () => audits.ask(1, always()));
  await settled();
  runs[0]?.end();
  expect(await Promise.all(asked)).toEqual(Array.from({ length: 50 }, () => found(1)));
  expect(runs).toHaveLength(1);
});

it('a run goes on as long as somebody waits for it, and ends when the last one leaves', async () => {
  const { audits, runs } = held();
  const [first, second] = [new AbortController(), new AbortController()];
  const asked = [first, second].map(({ signal }) => audits.ask(1, signal));
  await settled();
  first.abort(new Error('closed'));
  await expect(asked[0]).rejects.toThrow('closed');
  expect(runs[0]?.signal.aborted).toBe(false);
  second.abort(new Error('closed'));
  await expect(asked[1]).rejects.toThrow('closed');
  expect(runs[0]?.signal.aborted).toBe(true);
});

it('one that nobody waits for leaves the line, and whoever asks for it then begins anew', async () => {
  const { audits, runs } = held();
  const running = audits.ask(1, always());
  const left = new AbortController();
  const leaving = audits.ask(2, left.signal);
  left.abort(new Error('closed'));
  await expect(leaving).rejects.toThrow('closed');
  const again = audits.ask(2, always());
  await settled();
  runs[0]?.end();
  await running;
  await settled();
  expect(runs.map(({ tweetId }) => tweetId)).toEqual([1, 2]);
  runs[1]?.end();
  expect(await again).toEqual(found(2));
});

it('one that fails takes no other along', async () => {
  const { audits, runs } = held();
  const asked = [1, 2].map((tweetId) => audits.ask(tweetId, always()));
  await settled();
  runs[0]?.fail(new Error('away'));
  await expect(asked[0]).rejects.toThrow('away');
  await settled();
  runs[1]?.end();
  expect(await asked[1]).toEqual(found(2));
});

it('says where an audit stands: in line, or how many timelines are read', async () => {
  const { audits, runs } = held();
  const asked = [1, 2].map((tweetId) => audits.ask(tweetId, always()));
  await settled();
  runs[0]?.progress(5, 12);
  expect(audits.progress(1)).toEqual({ state: 'running', read: 5, expected: 12 });
  expect(audits.progress(2)).toEqual({ state: 'waiting', ahead: 1 });
  runs[0]?.end();
  await asked[0];
  expect(audits.progress(1)).toBeNull();
  await settled();
  runs[1]?.end();
  await asked[1];
});

it('refuses one more when many are in line, and begins nothing', async () => {
  const { audits, runs } = held();
  const leaving = Array.from({ length: 16 }, () => new AbortController());
  const asked = leaving.map(({ signal }, n) => audits.ask(n + 1, signal));
  await expect(audits.ask(99, always())).rejects.toThrow(TooManyAudits);
  expect(audits.progress(99)).toBeNull();
  for (const each of leaving) each.abort(new Error('closed'));
  expect(await Promise.allSettled(asked)).toHaveLength(16);
  expect(runs.length).toBeLessThanOrEqual(1);
});
