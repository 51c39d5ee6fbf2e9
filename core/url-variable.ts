import { z } from 'zod';

/** As drivers read a URL: a user without a host means a socket, which a parameter names. */
const isReadableUrl = (text: string): boolean => URL.canParse(text.replace('@/', '@socket/'));

const startsOf = (protocols: string[]) => protocols.map((name) => `${name}://`);
const expected = (protocols: string[]) =>
  `Expected a URL that starts with ${startsOf(protocols).join(' or ')}`;

/** Whether a text is a URL of one of these protocols. */
export const isUrlOf = (text: string, protocols: string[]): boolean =>
  isReadableUrl(text) && startsOf(protocols).some((start) => text.startsWith(start));

/**
 * A variable of the environment that holds a URL of one of these protocols. It does not say what it got instead:
 * a URL holds a password, also one that is mistyped.
 */
export function urlVariable(...protocols: string[]) {
  const error = expected(protocols);
  return z.string({ error }).refine((text) => isUrlOf(text, protocols), { error });
}

/** What was given in place of a URL. Never the text: also in one that is mistyped there is a password. */
export function describeUrl(text: string): string {
  const start = /^[a-z][a-z0-9+.-]{0,19}:\/\//i.exec(text)?.[0];
  if (text === '') return 'none';
  if (!start) return 'one without a protocol';
  if (isReadableUrl(text)) return `one that starts with ${start}`;
  return 'one that cannot be read: in a password, : / ? # @ , are written %3A %2F %3F %23 %40 %2C';
}

/**
 * A variable that holds one such URL, or those of the nodes of one cluster, separated by commas. The issue says which of
 * them is wrong by its number, as `params.got`.
 */
export function urlListVariable(...protocols: string[]) {
  const error = expected(protocols);
  return z.string({ error }).superRefine((list, context) => {
    const urls = urlsIn(list);
    const problems = urls.map((url, at) => problemOf(url, { before: urls.slice(0, at), protocols }));
    const at = problems.findIndex((problem) => problem !== undefined);
    if (at < 0) return;
    const message = urls.length === 1 ? error : `${error}, or several of one cluster, separated by commas`;
    const got = urls.length === 1 ? problems[at] : `as number ${at + 1} of ${urls.length} ${problems[at]}`;
    context.addIssue({ code: 'custom', message, params: { got } });
  });
}

/** The URLs of a {@link urlListVariable}. */
export const urlsIn = (list: string): string[] => list.split(',').map((url) => url.trim());

type Place = { before: string[]; protocols: string[] };

/** Why a URL cannot stand behind those before it; undefined when it can. */
function problemOf(url: string, { before, protocols }: Place): string | undefined {
  if (!isUrlOf(url, protocols)) return describeUrl(url);
  const [first] = before;
  if (first === undefined || !isUrlOf(first, protocols)) return undefined;
  const { host, pathname } = new URL(url);
  if (pathname !== new URL(first).pathname) return 'one with another path than number 1';
  const same = before.findIndex((other) => isUrlOf(other, protocols) && new URL(other).host === host);
  return same < 0 ? undefined : `the same server as number ${same + 1}`;
}
