import { expect, it } from 'vitest';
import { allows, parseScopes } from './scopes.ts';

it.each([
  [['read'], 'read:statuses', true],
  [['read:statuses'], 'read', false],
  [['read:statuses'], 'read:accounts', false],
  [['read'], 'write:statuses', false],
  [['write'], 'write:follows', true],
  [['follow'], 'write:follows', true],
  [['follow'], 'write:statuses', false],
  [['read', 'write'], 'follow', true],
  [['read'], 'follow', false],
  [['read:accounts'], 'profile', true],
  [['profile'], 'read:accounts', false],
  [['push'], 'push', true],
  [[], 'read', false],
])('with %j, %s is allowed: %s', (given, wanted, expected) => {
  expect(allows(given, wanted)).toBe(expected);
});

it('takes scopes apart, each once, and none that does not exist', () => {
  expect(parseScopes('read  write:statuses read')).toEqual(['read', 'write:statuses']);
  expect(parseScopes(' ')).toEqual(['read']);
  for (const text of ['read admin:write', 'Read', 'read:', '__proto__']) expect(parseScopes(text)).toBeNull();
});
