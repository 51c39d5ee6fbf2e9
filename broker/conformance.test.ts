import { describe, expect, test } from 'vitest';
import { bullmq } from './conformance/bullmq-fixture.ts';
import { deadLetters } from './conformance/dead-letters.ts';
import { mistakes } from './conformance/mistakes.ts';
import { outages } from './conformance/outages.ts';
import { publishing } from './conformance/publishing.ts';
import { rabbitmq } from './conformance/rabbitmq-fixture.ts';
import { redelivery } from './conformance/redelivery.ts';
import { sqs } from './conformance/sqs-fixture.ts';
import { setStage } from './conformance/stage.ts';
import { stopping } from './conformance/stopping.ts';

/** One suite for every adapter of the port, on its real server. Gaps are listed in its fixture with their reason. */
describe.each([bullmq, rabbitmq, sqs])('$name', (fixture) => {
  const stage = setStage(fixture);

  describe('publishing', () => publishing(stage));
  describe('redelivery', () => redelivery(stage));
  describe('dead letters and depth', () => deadLetters(stage));
  describe('mistakes', () => mistakes(stage, fixture.mistakes));
  describe('outages', () => outages(stage));
  describe('stopping', () => stopping(stage));

  test('every gap names a test of this suite', () => {
    expect(stage.unknownGaps()).toEqual([]);
  });
});
