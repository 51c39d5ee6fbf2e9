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
const words = (...args: Parameters<typeof read>) => read(...args).textContent;

test('a picture can be read alone: question, prediction, measurement, verdict, moments, machine, date and seed', () => {
  const told = words({});
  for (const part of ['No worker', 'What happens?', 'Predicted by @olga: It is lost.', 'Measured: It waits.'])
    expect(told).toContain(part);
  for (const part of ['Every promise was kept.', '1,240 timelines', '0 of 20', '2.5 s', 'no worker runs'])
    expect(told).toContain(part);
  for (const part of ['Seed 7 · 20 tweets · 2026-11-26 05:00:00 UTC', '2 cores (A processor), 24 GB'])
    expect(told).toContain(part);
});

test('the command at its foot is that of the same run, on the same broker', () => {
  const command = 'npm run lab -- no-worker --seed 7 --size 20';
  expect(words({})).toMatch(new RegExp(`${command}$`, 'm'));
  expect(words({ broker: 'rabbitmq', dials: { workers: 4 } })).toMatch(
    new RegExp(`${command} --broker rabbitmq --dial workers=4$`, 'm'),
  );
});

test('a moment stands on the axis where it was', () => {
  const [dot] = read({}).querySelectorAll('circle');
  expect(dot?.getAttribute('cx')).toBe('260'); // a quarter of the way from 40 to 920
});

test('a verdict says what must be, what must not be, and that there is none', () => {
  const broken = {
    verdict: { ...verdict, passed: false, twice: 3, findings: ['3 timelines have it twice'] },
  };
  expect(words(broken)).toContain('A promise was broken.');
  expect(words(broken)).toContain('3 timelines have it twice');
  expect(words({}, true)).toContain('It failed, as it must');
  expect(words(broken, true)).toContain('It had to fail in one way, and did not.');
  expect(words({ verdict: { ...verdict, answer: null } })).toContain('It could not be measured');
  expect(words({ verdict: null, reason: 'reset by olga' })).toContain('Broken off: reset by olga');
});

test('what people and servers have written stays text', () => {
  const hostile = '<script>alert(1)</script> & "x"\u0000';
  const picture = read({ by: hostile, moments: [{ at: 1, text: hostile }], title: hostile });
  expect(picture.querySelector('script')).toBeNull();
  expect(picture.textContent).toContain('<script>alert(1)</script> & "x"');
});
