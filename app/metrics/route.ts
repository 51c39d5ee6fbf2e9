import { web } from '#app/server/root.ts';

export const dynamic = 'force-dynamic';

export async function GET() {
  const { body, contentType } = await web().metrics.text();
  return new Response(body, { headers: { 'content-type': contentType } });
}
