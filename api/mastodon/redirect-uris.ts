import { z } from 'zod';

/** In place of an address: the code is shown, and the user brings it to the app. */
export const OUT_OF_BAND = 'urn:ietf:wg:oauth:2.0:oob';

const MOST = 20;
const LONGEST = 2_000;

/** What a browser would run, or read from this machine, instead of leaving our page; and other names that are no address. */
const NEVER = /^(?:javascript|data|vbscript|file|blob|about|view-source|urn):/i;

const redirectUri = z
  .string()
  .max(LONGEST, `Expected addresses of at most ${LONGEST} characters`)
  .refine(
    isRedirectUri,
    'Expected addresses such as https://app.example/back or app://back, without # and spaces',
  );

function isRedirectUri(uri: string): boolean {
  if (uri === OUT_OF_BAND) return true;
  if (!/^[\x21-\x7e]+$/.test(uri) || uri.includes('#') || NEVER.test(uri)) return false;
  // Two characters at least: one is a drive of Windows, and the OAuth library takes it for no scheme.
  return /^[a-z][a-z\d+.-]+:/i.test(uri) && URL.canParse(uri);
}

/** Where an app may be sent back to: a list, or a text with one address a line. */
export const redirectUris = z
  .union([z.string().transform((text) => text.split(/\s+/).filter(Boolean)), z.array(z.string())], {
    error: 'Expected at least one address',
  })
  .pipe(z.array(redirectUri).min(1, 'Expected at least one address').max(MOST, `Expected at most ${MOST}`));
