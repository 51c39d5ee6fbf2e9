import { expect, test } from 'vitest';
import {
  asleep,
  type Effect,
  hasPolls,
  pollInMs,
  retryInMs,
  SILENT_MS,
  type StreamEvent,
  type StreamState,
  step,
} from './stream-machine.ts';

function run(events: StreamEvent[], from: StreamState = asleep) {
  const effects: Effect[][] = [];
  let state = from;
  for (const event of events) {
    const [next, todo] = step(state, event);
    state = next;
    effects.push([...todo]);
  }
  return { state, effects, last: effects.at(-1) };
}

const TOPICS: StreamEvent = { type: 'topics', topics: ['status'] };
const FAILED: StreamEvent = { type: 'failed', refused: false, waitMs: 0 };
const LIVE: StreamEvent[] = [TOPICS, { type: 'shown' }, { type: 'slot' }, { type: 'opened', at: 0 }];

test('a visible tab asks for a slot, opens its stream and is live once the server answers', () => {
  const { state, effects } = run(LIVE);
  expect(effects).toEqual([[], ['take slot'], ['open'], []]);
  expect(state).toMatchObject({ phase: 'live', topics: ['status'], failures: 0 });
});

test('a tab without a slot polls, and opens a stream as soon as a slot is free', () => {
  const without = run([TOPICS, { type: 'shown' }, { type: 'no slot' }]);
  expect(without.state.phase).toBe('waiting');
  expect(without.last).toEqual(['poll']);
  expect(run([{ type: 'slot' }], without.state)).toMatchObject({
    state: { phase: 'connecting' },
    last: ['open'],
  });
});

test('a tab without a slot and without topics does not poll until it has some', () => {
  const without = run([{ type: 'shown' }, { type: 'no slot' }]);
  expect(hasPolls(without.state)).toBe(false);
  const tuned = run([TOPICS], without.state);
  expect(hasPolls(tuned.state)).toBe(true);
  expect(tuned.last).toEqual(['poll']);
  expect(hasPolls(run([{ type: 'slot' }], tuned.state).state)).toBe(false);
});

test('a hidden tab closes its stream and gives the slot back, from any phase', () => {
  for (const events of [LIVE, LIVE.slice(0, 3), LIVE.slice(0, 2), [...LIVE, FAILED]]) {
    const { state, last } = run([...events, { type: 'hidden' }]);
    expect(state.phase).toBe('hidden');
    expect(last).toEqual(['close', 'release slot']);
  }
});

test('a stream that fails is closed and opened anew later, counting failures until it is live again', () => {
  const failed = run([...LIVE, FAILED]);
  expect(failed.last).toEqual(['close', 'retry']);
  const twice = run([{ type: 'due' }, FAILED], failed.state);
  expect(twice.state).toMatchObject({ phase: 'retrying', failures: 2 });
  expect(run([{ type: 'due' }, { type: 'opened', at: 9 }], twice.state).state).toMatchObject({
    phase: 'live',
    failures: 0,
  });
});

test('a refusal is known until a stream is live again or the server is gone, with the wait that it asks for', () => {
  const refused = run([...LIVE.slice(0, 3), { type: 'failed', refused: true, waitMs: 6_000 }]);
  expect(refused).toMatchObject({
    state: { refused: true, waitMs: 6_000, failures: 1 },
    last: ['close', 'retry'],
  });
  const again = run([{ type: 'due' }], refused.state);
  expect(again.state).toMatchObject({ phase: 'connecting', refused: true });
  for (const event of [{ type: 'opened', at: 9 }, FAILED, { type: 'hidden' }] satisfies StreamEvent[])
    expect(run([event], again.state).state.refused).toBe(false);
});

test('a tab that polls and is refused says so, waits as long as it was told, and goes on as before once it is answered', () => {
  const polling: StreamEvent[] = [TOPICS, { type: 'shown' }, { type: 'no slot' }];
  const refused = run([...polling, { type: 'failed', refused: true, waitMs: 7_000 }]);
  expect(refused).toMatchObject({ state: { phase: 'waiting', refused: true }, last: [] });
  expect(pollInMs(refused.state)).toBe(7_000);
  const answered = run([{ type: 'opened', at: 9 }], refused.state);
  expect(answered).toMatchObject({ state: { phase: 'waiting', refused: false }, last: [] });
  expect(pollInMs(answered.state)).toBe(5_000);
});

test('nobody comes back before the server asked for it, nor all at once after it', () => {
  const failed = { ...asleep, waitMs: 6_000, failures: 3 };
  expect(retryInMs(failed, () => 0)).toBe(6_000);
  expect(retryInMs(failed, () => 1)).toBe(7_000);
  expect(retryInMs({ ...failed, waitMs: 0, failures: 9 }, () => 1)).toBe(5_000);
});

test('a stream that is silent for longer than two beats counts as failed, one that is heard does not', () => {
  const heard = run([
    ...LIVE,
    { type: 'heard', at: 5_000, id: null },
    { type: 'check', at: 5_000 + SILENT_MS },
  ]);
  expect(heard.state.phase).toBe('live');
  const silent = run([{ type: 'check', at: 5_001 + SILENT_MS }], heard.state);
  expect(silent).toMatchObject({ state: { phase: 'retrying' }, last: ['close', 'retry'] });
});

test('other topics open another stream at once, the same topics do not', () => {
  const live = run(LIVE).state;
  expect(run([{ type: 'topics', topics: ['status'] }], live).last).toEqual([]);
  expect(run([{ type: 'topics', topics: ['delivery:1', 'status'] }], live)).toMatchObject({
    state: { phase: 'connecting', topics: ['delivery:1', 'status'] },
    last: ['open'],
  });
});

test('the last arrival id survives a failure, so that what was missed comes first', () => {
  const { state } = run([
    ...LIVE,
    { type: 'heard', at: 1, id: '41' },
    { type: 'heard', at: 2, id: null },
    FAILED,
    { type: 'due' },
  ]);
  expect(state.lastEventId).toBe('41');
});

test('what comes too late changes nothing', () => {
  const hidden = run([...LIVE, { type: 'hidden' }]).state;
  for (const event of [
    { type: 'opened', at: 1 },
    FAILED,
    { type: 'due' },
    { type: 'slot' },
  ] satisfies StreamEvent[])
    expect(run([event], hidden)).toMatchObject({ state: { phase: 'hidden' }, last: [] });
});
