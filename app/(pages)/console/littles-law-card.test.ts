import { expect, test } from 'vitest';
import type { ConsoleView } from '#api/contract.ts';
import { lawSentence } from './littles-law-card.tsx';

const pause = { paused: false, since: '2026-01-01T00:00:00.000Z' };
const say = (littlesLaw: ConsoleView['littlesLaw']) => lawSentence({ littlesLaw, pause });

test('a backlog that grows is not stable, and it is said how fast and when it is full', () => {
  expect(say({ state: 'growing', perSecond: 300, fullInS: 33.3 })).toBe(
    'not stable: grows 300/s, full in 33 s',
  );
  expect(say({ state: 'growing', perSecond: 300, fullInS: 0 })).toBe('not stable: grows 300/s, and is full');
});

test('a jump says which way it goes', () => {
  expect(say({ state: 'settling', perSecond: -1_234 })).toContain('1,230/s fewer came in');
  expect(say({ state: 'settling', perSecond: 10 })).toContain('10/s more came in');
});

test('what stands still asks for workers, and nothing to do for a tweet', () => {
  expect(say({ state: 'stalled' })).toContain('workers');
  expect(say({ state: 'idle' })).toContain('Post a tweet');
  expect(say(null)).toContain('samples');
});

test('a pause is no fault: what stands still then is not called stalled, nor unstable', () => {
  const paused = { ...pause, paused: true };
  for (const littlesLaw of [
    { state: 'stalled' } as const,
    { state: 'growing', perSecond: 9, fullInS: 9 } as const,
  ])
    expect(lawSentence({ littlesLaw, pause: paused })).toMatch(/^paused: /);
});
