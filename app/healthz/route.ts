/** The process answers; nothing is said about what it depends on. */
export const dynamic = 'force-dynamic';

export const GET = () => Response.json({ status: 'ok' });
