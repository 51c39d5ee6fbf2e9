import { web } from '#app/server/root.ts';

export const dynamic = 'force-dynamic';

/** Whether what this process depends on is there. Posting needs Postgres alone, so that alone decides. */
export async function GET() {
  const status = await web().status.now();
  return Response.json(status, { status: status.postgres === 'ok' ? 200 : 503 });
}
