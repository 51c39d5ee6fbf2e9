import { route } from '#app/server/api-route.ts';
import { Refusal } from '#app/server/problem.ts';
import { web } from '#app/server/root.ts';
import { actingAccount, heldAccount, type SessionAccount, sessionOf } from '#app/server/session.ts';
import { fileSize, readPieces } from '#core/tasks/file.ts';
import { readTask, type Task } from '#core/tasks/task.ts';

/** The file that an own task made, streamed out of the ledger: one piece in memory at a time. */
export const GET = route<{ id: string }>(async (request, { id }) => {
  const account = await ownerOf(request);
  const { task, bytes } = await findFile(account, id);
  return new Response(streamOf(readPieces(web().pool, task.id)), {
    headers: {
      'content-type': 'application/zip',
      'content-length': String(bytes),
      'content-disposition': `attachment; filename="${account.handle}-${task.createdAt.slice(0, 10)}.zip"`,
      'cache-control': 'no-store',
    },
  });
});

/** A link can carry no header: `?account=` names who acts. */
async function ownerOf(request: Request): Promise<SessionAccount> {
  const handle = new URL(request.url).searchParams.get('account');
  return handle === null ? actingAccount(request) : heldAccount(await sessionOf(request), handle);
}

async function findFile(account: SessionAccount, id: string): Promise<{ task: Task; bytes: number }> {
  const { pool } = web();
  const task = /^\d{1,15}$/.test(id) ? await readTask(pool, Number(id)) : null;
  if (task?.accountId === account.id && task.state === 'succeeded') {
    const bytes = await fileSize(pool, task.id);
    if (bytes !== null) return { task, bytes };
  }
  throw new Refusal('not-found', `Expected a finished task of ${account.handle} that made a file, got ${id}`);
}

/** Reads on as the browser takes: nothing piles up here for one that is slow. */
function streamOf(pieces: AsyncGenerator<Buffer>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: async () => {
      await pieces.return(undefined);
    },
  });
}
