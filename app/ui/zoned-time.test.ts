import { expect, test } from 'vitest';
import { fromField, inWords, toField } from './zoned-time.ts';

test('what a field shows is what it means, to the second', () => {
  const at = new Date('2027-03-28T00:59:59Z');
  expect(fromField(toField(at))).toEqual(at);
});

test('a field without a time means none', () => {
  expect(fromField('').getTime()).toBeNaN();
  expect(fromField('2027-13-01T00:00').getTime()).toBeNaN();
});

test('a time is said with the zone and its offset of that day', () => {
  const winter = new Date('2027-01-31T17:00:05Z');
  expect(inWords(winter, 'Europe/Berlin')).toBe('Sun 31 Jan 2027, 18:00:05 GMT+1');
  const summer = new Date('2027-07-31T17:00:05Z');
  expect(inWords(summer, 'Europe/Berlin')).toBe('Sat 31 Jul 2027, 19:00:05 GMT+2');
});

test('a time without an offset is said in one way, whatever the server and the browser call it', () => {
  expect(inWords(new Date('2027-01-31T17:00:05Z'), 'UTC')).toBe('Sun 31 Jan 2027, 17:00:05 GMT');
});
