import { beforeEach, expect, it } from 'vitest';
import { Findings } from '#lab/harness/findings.ts';
import type { Crash } from '#lab/stage/breakable-stage.ts';
import { Progress } from './progress.ts';

let findings: Findings;
let crashes: Crash[];
let progress: Progress;
beforeEach(() => {
  findings = new Findings();
  crashes = [];
  progress = new Progress(findings, crashes);
});

const at = (second: number, delivered: number, cold = 0) => ({
  ...{ tweetId: 1, expected: 10, delivered, cold, gone: 0 },
  now: new Date(second * 1_000).toISOString(),
});

it('finds nothing wrong with what grows up to what is expected', () => {
  for (const [second, delivered] of [0, 4, 4, 10].entries()) progress.see('A', at(second, delivered));
  expect(findings.kinds()).toEqual([]);
});

it('finds progress that goes backwards, for one viewer', () => {
  progress.see('A', at(1, 5));
  progress.see('B', at(2, 4));
  expect(findings.kinds()).toEqual([]);
  progress.see('B', at(3, 3));
  expect(findings.kinds()).toEqual(['progress backwards']);
});

it('finds more than is expected', () => {
  progress.see('A', at(1, 8, 3));
  expect(findings.kinds()).toEqual(['progress above expected']);
});

it('counts what a crash of Postgres took back, and nothing before or after it', () => {
  progress.see('A', at(1, 5));
  crashes.push({ from: 1_500, to: 1_600 });
  progress.see('A', at(2, 4));
  expect([findings.kinds(), progress.takenBack]).toEqual([[], 1]);
  progress.see('A', at(3, 3));
  expect([findings.kinds(), progress.takenBack]).toEqual([['progress backwards'], 1]);
});
