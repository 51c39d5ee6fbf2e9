import { createRoute, z } from '@hono/zod-openapi';
import { problems, router } from '#api/router.ts';
import { HANDLE } from '#core/accounts/accounts.ts';
import { groundOf, portraitOf } from '#core/accounts/portrait.ts';

const picture = {
  request: { params: z.object({ handle: z.string().regex(HANDLE, 'Expected a handle') }) },
  responses: { 200: { description: 'An SVG', content: { 'image/svg+xml': {} } }, ...problems(404) },
};

const readPortrait = createRoute({
  method: 'get',
  path: '/portraits/{handle}',
  summary: 'The portrait that stands beside a name, drawn from the handle',
  ...picture,
});

const readGround = createRoute({
  method: 'get',
  path: '/portraits/{handle}/header',
  summary: 'The colour behind that portrait, for clients that show a picture on top of a profile',
  ...picture,
});

const HEADERS = { 'content-type': 'image/svg+xml', 'cache-control': 'public, max-age=31536000, immutable' };

const svg = (size: string, shapes: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size}">${shapes}</svg>`;

/** Where these pictures are. */
export const portraitPath = (handle: string): string => `/portraits/${handle}`;
export const headerPath = (handle: string): string => `/portraits/${handle}/header`;

/**
 * The portraits of our pages as files, for clients that others wrote. There is one for each handle, whether somebody has it
 * or not, and nothing is read for it.
 */
export const portraits = router('People')
  .openapi(readPortrait, (c) => c.body(svg('40 40', portraitOf(c.req.valid('param').handle)), 200, HEADERS))
  .openapi(readGround, (c) => {
    const ground = `<rect width="3" height="1" fill="${groundOf(c.req.valid('param').handle)}"/>`;
    return c.body(svg('3 1', ground), 200, HEADERS);
  });
