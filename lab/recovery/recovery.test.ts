import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTempFolder } from '#dev/temp-folder.ts';
import { measureRecovery, type Recovery } from './measure-recovery.ts';

// `npm run chaos -- --recovery` measures how soon everything works again. This machine does other things too, so this
// test only checks that it works again at all: measureRecovery rejects when it does not.

const folder = openTempFolder('recovery-test');
let recoveries: Recovery[];
beforeAll(async () => {
  const options = { broker: 'bullmq', times: 1, web: 'api', folder: folder.dir, log: () => {} } as const;
  recoveries = await measureRecovery(options);
}, 180_000);
afterAll(() => folder.remove());

const recoveredAfter = (what: string) =>
  recoveries
    .filter(({ ms }) => ms.length === 1 && ms.every((each) => each > 0))
    .flatMap((recovery) => (recovery.what.startsWith(`${what}: `) ? [recovery.what.split(': ')[1]] : []));

it('has the chunks of a killed worker run again', () => {
  expect(recoveredAfter('worker killed')).toEqual(['its chunks run again']);
});

it.each([
  'Postgres restarted',
  'Postgres crashed',
  'queue killed',
  'timelines restarted',
  'timelines killed',
])('accepts, delivers, and tells two live streams again after this: %s', (what) => {
  expect(recoveredAfter(what)).toEqual([
    'web accepts a tweet',
    'workers deliver it',
    'it arrives on a follower’s live stream',
    'its author’s live stream says so',
  ]);
});
