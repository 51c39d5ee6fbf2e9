import { Hono } from 'hono';
import { groundOf, portraitOf } from '#core/accounts/portrait.ts';

const HEADERS = { 'content-type': 'image/svg+xml', 'cache-control': 'public, max-age=31536000, immutable' };

const svg = (size: string, shapes: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size}">${shapes}</svg>`;

/** Where the portrait of a person is, and the ground that stands behind a profile. */
export const portraitPath = (handle: string): string => `/portraits/${handle}.svg`;
export const headerPath = (handle: string): string => `/portraits/${handle}/header.svg`;

/**
 * The portraits of our pages as files, for clients that others wrote. They are drawn from the handle in the address. So
 * there is one for each handle, whether somebody has it or not, and nothing is read.
 */
export const portraits = new Hono()
  .get('/portraits/:file{[a-z0-9_]{3,15}\\.svg}', (c) =>
    c.body(svg('40 40', portraitOf(c.req.param('file').slice(0, -'.svg'.length))), 200, HEADERS),
  )
  .get('/portraits/:handle{[a-z0-9_]{3,15}}/header.svg', (c) =>
    c.body(
      svg('3 1', `<rect width="3" height="1" fill="${groundOf(c.req.param('handle'))}"/>`),
      200,
      HEADERS,
    ),
  );
