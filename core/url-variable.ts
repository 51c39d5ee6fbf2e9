import { z } from 'zod';

/** As drivers read a URL: a user without a host means a socket, which a parameter names. */
export const isReadableUrl = (text: string): boolean => URL.canParse(text.replace('@/', '@socket/'));

/**
 * A variable of the environment that holds a URL of one of these protocols. It does not say what it got instead:
 * a URL holds a password, also one that is mistyped.
 */
export function urlVariable(...protocols: string[]) {
  const starts = protocols.map((name) => `${name}://`);
  const error = `Expected a URL that starts with ${starts.join(' or ')}`;
  return z
    .string({ error })
    .refine((text) => isReadableUrl(text) && starts.some((start) => text.startsWith(start)), { error });
}
