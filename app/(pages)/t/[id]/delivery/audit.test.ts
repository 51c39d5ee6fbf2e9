import { expect, test } from 'vitest';
import type { AuditView } from '#api/contract.ts';
import { after } from '#app/browser/example-delivery.test-data.ts';
import { identity, proven } from './audit.ts';

const audit = (other: Partial<AuditView>): AuditView => ({
  tweetId: 42,
  expected: 100,
  present: 90,
  cold: 7,
  gone: 3,
  ...{ pulled: 0, sampled: 0 },
  missing: 0,
  twice: 0,
  examples: { missing: [], twice: [] },
  ms: 5,
  checkedAt: after(0),
  ...other,
});

test('present, cold and gone add up to expected', () => {
  expect(identity(audit({}))).toEqual({ holds: true, off: 0 });
  expect(proven(audit({}))).toBe(true);
});

test('those who pull count as expected', () => {
  const pulled = audit({ present: 0, cold: 0, pulled: 97 });
  expect(identity(pulled)).toEqual({ holds: true, off: 0 });
  expect(proven({ ...pulled, pulled: 96, missing: 1 })).toBe(false);
});

test('a follower that nobody accounts for breaks the identity, even when none is called missing', () => {
  expect(identity(audit({ present: 89 }))).toEqual({ holds: false, off: 1 });
  expect(proven(audit({ present: 89 }))).toBe(false);
});

test('one entry twice is no proof, although the sum holds', () => {
  expect(proven(audit({ twice: 1 }))).toBe(false);
});
