import { json, route } from '#app/server/api-route.ts';
import { readQueue } from '#app/server/queue.ts';

export const dynamic = 'force-dynamic';

/** The figures of the queue, deliveries and jobs apart. */
export const GET = route(async () => json(await readQueue()));
