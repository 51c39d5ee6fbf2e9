/** Scopes in words. What a scope covers that does not exist here, lists for example, is not worth a line. */
const WORDS: [RegExp, string][] = [
  [/^(?:read|read:statuses)$/, 'read your home timeline, your tweets and your scheduled tweets'],
  [/^(?:read|read:accounts|profile)$/, 'see who you are'],
  [/^(?:read|read:follows|follow)$/, 'see whom you follow and who follows you'],
  [/^(?:read|read:search)$/, 'search'],
  [/^(?:write|write:statuses)$/, 'post, schedule and delete tweets in your name'],
  [/^(?:write|write:follows|follow)$/, 'follow and unfollow people in your name'],
];

/** What an app with these scopes may do, a line each. */
export function scopeWords(scopes: readonly string[]): string[] {
  const lines = WORDS.filter(([pattern]) => scopes.some((scope) => pattern.test(scope))).map(
    ([, words]) => words,
  );
  return lines.length > 0 ? lines : ['do nothing that exists here'];
}
