import { expect, it } from 'vitest';
import { AuditRates } from './audit-rates.ts';

function rates(perMinute: number) {
  const clock = { now: 0 };
  return { clock, rates: new AuditRates(perMinute, () => clock.now) };
}

it('an account may ask so often within any 60 s, and is told when it may again', () => {
  const { clock, rates: asked } = rates(2);
  const ada = { address: 'a', account: '1' };
  expect(asked.count(ada)).toBeNull();
  clock.now = 20_000;
  expect(asked.count(ada)).toBeNull();
  clock.now = 30_000;
  expect(asked.count(ada)).toEqual({ client: 'account', perMinute: 2, waitS: 30 });
  clock.now = 60_000;
  expect(asked.count(ada)).toBeNull();
  expect(asked.count(ada)).toEqual({ client: 'account', perMinute: 2, waitS: 20 });
});

it('an address may ask twice as often, whoever acts there, and no other address hears of it', () => {
  const { rates: asked } = rates(2);
  for (const account of ['1', '1', '2', '2']) expect(asked.count({ address: 'a', account })).toBeNull();
  const refused = { client: 'address', perMinute: 4, waitS: 60 };
  expect(asked.count({ address: 'a', account: '3' })).toEqual(refused);
  expect(asked.count({ address: 'a' })).toEqual(refused);
  expect(asked.count({ address: 'b', account: '3' })).toBeNull();
});

it('what is refused counts for nobody', () => {
  const { rates: asked } = rates(1);
  expect(asked.count({ address: 'a', account: '1' })).toBeNull();
  for (const _ of Array(10)) expect(asked.count({ address: 'a', account: '1' })).not.toBeNull();
  expect(asked.count({ address: 'a', account: '2' })).toBeNull();
});
