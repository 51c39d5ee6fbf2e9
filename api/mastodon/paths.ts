/** Every path that clients of the Mastodon API ask for. */
export const MASTODON_PATHS = ['/api/v1/*', '/api/v2/*', '/oauth/*', '/.well-known/*', '/nodeinfo/*'];

const STARTS = MASTODON_PATHS.map((path) => path.replace('*', ''));

/** Whether a request goes to one of them. */
export const isOfMastodon = (url: string): boolean => STARTS.some((start) => url.startsWith(start));
