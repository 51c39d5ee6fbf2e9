import { expect, test } from 'vitest';
import { Lag } from './lag.ts';

test('the lag does not depend on how far the two clocks are apart', () => {
  for (const apart of [-3_600_000, 0, 3_600_000]) {
    const lag = new Lag();
    expect(lag.measure(1_000, 1_040 + apart, 0)).toBe(0);
    expect(lag.measure(2_000, 2_540 + apart, 0)).toBe(500);
  }
});

test('an event that is faster than all before becomes the new measure, and the way there is added', () => {
  const lag = new Lag();
  lag.measure(1_000, 1_300, 20);
  expect(lag.measure(2_000, 2_100, 20)).toBe(20);
  expect(lag.measure(3_000, 3_300, 20)).toBe(220);
});
