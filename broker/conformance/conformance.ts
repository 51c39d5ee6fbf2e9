import { describe, expect, test } from 'vitest';
import { deadLetters } from './dead-letters.ts';
import type { Fixture } from './fixture.ts';
import { mistakes } from './mistakes.ts';
import { outages } from './outages.ts';
import { publishing } from './publishing.ts';
import { redelivery } from './redelivery.ts';
import { resizing } from './resizing.ts';
import { setStage } from './stage.ts';
import { stopping } from './stopping.ts';

/** The one suite for every adapter of the port, on a real server. Each fixture lists its gaps with their reason. */
export function conformance(fixture: Fixture): void {
  const stage = setStage(fixture);

  describe('publishing', () => publishing(stage));
  describe('redelivery', () => redelivery(stage));
  describe('dead letters and depth', () => deadLetters(stage));
  describe('outages', () => outages(stage));
  describe('resizing', () => resizing(stage));
  describe('stopping', () => stopping(stage));
  // These come last: a quorum queue that was replaced by one of the same name just before a kill does not recover.
  describe('mistakes', () => mistakes(stage, fixture.mistakes));

  test('every gap names a test of this suite', () => {
    expect(stage.unknownGaps()).toEqual([]);
  });
}
