import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTempFolder } from '#dev/temp-folder.ts';
import { measureRecovery, type Recovery } from './measure-recovery.ts';

// How soon is measured by `npm run chaos -- --recovery`; here, on a machine that does other things too, that it is at all.
const SLACK = 1.2;

const folder = openTempFolder('recovery-test');
let recoveries: Recovery[];
beforeAll(async () => {
  recoveries = await measureRecovery({
    broker: 'bullmq',
    times: 1,
    web: 'api',
    folder: folder.dir,
    log: () => {},
  });
}, 180_000);
afterAll(() => folder.remove());

const late = (name: RegExp) =>
  recoveries.filter(({ what, ms, goalMs }) => name.test(what) && Math.max(...ms) > SLACK * goalMs);

it('has the chunks of a killed worker run again within its lease and two checks', () => {
  expect(recoveries.map(({ what }) => what)).toContain('worker killed: its chunks run again');
  expect(late(/^worker killed/)).toEqual([]);
});

it.each([
  'Postgres restarted',
  'Postgres crashed',
  'queue killed',
  'timelines restarted',
  'timelines killed',
])('accepts, delivers, and tells two live streams again soon after this: %s', (what) => {
  expect(recoveries.filter((recovery) => recovery.what.startsWith(what))).toHaveLength(4);
  expect(late(new RegExp(`^${what}`))).toEqual([]);
});
