import { DOMParser } from 'linkedom';
import { expect, test } from 'vitest';
import type { ExperimentInfo, ExperimentRun, Verdict } from '#core/lab/experiment.ts';
import { pictureOf } from './run-picture.ts';

const info: ExperimentInfo = {
  ...{ id: 'no-worker', title: 'No worker', statement: 'A queue waits.', question: 'What happens?' },
  answers: [
    { id: 'lost', text: 'It is lost.' },
    { id: 'waits', text: 'It waits.' },
    { id: 'refused', text: 'It is refused.' },
  ],
  ...{ breaks: '', why: '', file: '', decision: null, takes: 1, mustFail: false },
  ...{ size: { of: 'tweets', usual: 20, most: 200 }, place: 'here', brokers: [], dials: [] },
};
const verdict: Verdict = {
  ...{ passed: true, answer: 'waits', accepted: 20, delivered: 20, timelines: 1_240 },
  ...{ missing: 0, twice: 0, holes: 0, measured: [{ name: 'refused', value: '0 of 20' }], findings: [] },
};
const run: ExperimentRun = {
  ...{
    id: 1,
    experiment: 'no-worker',
    title: 'No worker',
    seed: 7,
    size: 20,
    by: 'olga',
    prediction: 'lost',
  },
  ...{
    state: 'done',
    startedAt: '2026-11-26T05:00:00.000Z',
    endedAt: '2026-11-26T05:00:10.000Z',
    tweets: [],
  },
  moments: [{ at: 2.5, text: 'no worker runs' }],
  ...{ verdict, reason: null, broker: null, dials: {}, wait: null },
};
const host = { cpu: 'A processor', cores: 2, memoryGb: 24, platform: 'linux x64', node: '20.20.2' };

const read = (changed: Partial<ExperimentRun>, mustFail = false) => {
  const svg = pictureOf({ run: { ...run, ...changed }, info: { ...info, mustFail }, host });
  return new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement;
};
test('what people and servers have written stays text', () => {
  const hostile = '<script>alert(1)</script> & "x"\u0000';
  const picture = read({ by: hostile, moments: [{ at: 1, text: hostile }], title: hostile });
  expect(picture.querySelector('script')).toBeNull();
  expect(picture.textContent).toContain('<script>alert(1)</script> & "x"');
});
