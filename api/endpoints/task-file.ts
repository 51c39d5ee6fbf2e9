import { createRoute, z } from '@hono/zod-openapi';
import { Refusal } from '#api/problem.ts';
import type { Web } from '#api/root.ts';
import { problems, router, sessionOf, signedIn } from '#api/router.ts';
import { actingAccount, heldAccount, type SessionAccount } from '#api/session.ts';
import { fileHolder, fileSize, readPieces } from '#core/tasks/file.ts';
import { readTask } from '#core/tasks/read-tasks.ts';
import type { Task } from '#core/tasks/task.ts';

const readFile = createRoute({
  method: 'get',
  path: '/api/tasks/{id}/file',
  summary: 'The archive that an own task made',
  parameters: signedIn.parameters,
  security: signedIn.security,
  request: {
    params: z.object({ id: z.string() }),
    query: z.object({
      account: z.string().optional().describe('Who acts, for a link, which can carry no header'),
    }),
  },
  responses: {
    200: { description: 'The zip, with its length and a name', content: { 'application/zip': {} } },
    ...problems(401, 403, 404, 503),
  },
});

/** The file that a task made, for download. */
export const taskFile = router('Tasks').openapi(readFile, async (c) => {
  const session = await sessionOf(c);
  const { account: handle } = c.req.valid('query');
  const account =
    handle === undefined ? actingAccount(session, c.req.header('x-account')) : heldAccount(session, handle);
  const { task, holder, bytes } = await findFile(c.env.web, account, c.req.valid('param').id);
  return c.body(streamOf(readPieces(c.env.web.pool, holder)), 200, {
    'content-type': 'application/zip',
    'content-length': String(bytes),
    'content-disposition': `attachment; filename="${account.handle}-${task.createdAt.slice(0, 10)}.zip"`,
  });
});

async function findFile(
  web: Web,
  account: SessionAccount,
  id: string,
): Promise<{ task: Task; holder: number; bytes: number }> {
  const task = /^\d{1,15}$/.test(id) ? await readTask(web, Number(id)) : null;
  const isTheirs = task?.accountId === account.id && task.parentId === null;
  if (isTheirs && task.state === 'succeeded') {
    const holder = await fileHolder(web.pool, task.id);
    const bytes = await fileSize(web.pool, holder);
    if (bytes !== null) return { task, holder, bytes };
  }
  throw new Refusal('not-found', `Expected a finished task of ${account.handle} that made a file, got ${id}`);
}

/** Reads on as the browser takes: nothing piles up here for one that is slow. */
function streamOf(pieces: AsyncGenerator<Buffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { value, done } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(new Uint8Array(value));
    },
    cancel: async () => {
      await pieces.return(undefined);
    },
  });
}
