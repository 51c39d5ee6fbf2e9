/**
 * What an app may do, in the words of the Mastodon client API. `read` and `write` hold all of their parts, such as
 * `read:statuses`. `follow` is an older name for six of the parts.
 */
export const READ_PARTS = [
  ...['accounts', 'blocks', 'bookmarks', 'favourites', 'filters', 'follows'],
  ...['lists', 'mutes', 'notifications', 'search', 'statuses'],
].map((part) => `read:${part}`);
export const WRITE_PARTS = [
  ...['accounts', 'blocks', 'bookmarks', 'conversations', 'favourites', 'filters', 'follows'],
  ...['lists', 'media', 'mutes', 'notifications', 'reports', 'statuses'],
].map((part) => `write:${part}`);
const FOLLOW_PARTS = ['blocks', 'follows', 'mutes'].flatMap((part) => [`read:${part}`, `write:${part}`]);

/** Every scope that an app may ask for. */
export const SCOPES = ['profile', 'read', ...READ_PARTS, 'write', ...WRITE_PARTS, 'follow', 'push'];

/** What an app gets that names no scopes. */
export const DEFAULT_SCOPES = ['read'];

const PARTS = new Map([
  ['read', READ_PARTS],
  ['write', WRITE_PARTS],
  ['follow', FOLLOW_PARTS],
]);

/** A scope with everything that it holds. */
const held = (scope: string): string[] => [scope, ...(PARTS.get(scope) ?? [])];

/** Whether somebody with the scopes `given` may do what needs the scope `wanted`. */
export function allows(given: readonly string[], wanted: string): boolean {
  const all = given.flatMap(held);
  if (wanted === 'profile' && all.includes('read:accounts')) return true;
  return all.includes(wanted) || (wanted === 'follow' && FOLLOW_PARTS.every((part) => all.includes(part)));
}

/**
 * The scopes in a text, each once, separated by spaces as OAuth has them. A text without any means the default ones. Null
 * when one of them does not exist.
 */
export function parseScopes(text: string): string[] | null {
  const scopes = [...new Set(text.split(/[\s+]+/).filter(Boolean))];
  if (scopes.length === 0) return DEFAULT_SCOPES;
  return scopes.every((scope) => SCOPES.includes(scope)) ? scopes : null;
}
