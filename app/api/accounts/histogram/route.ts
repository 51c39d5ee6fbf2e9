import { json, route } from '#app/server/api-route.ts';
import { web } from '#app/server/root.ts';

export const dynamic = 'force-dynamic';

/** How many people have how many followers, counted once a minute at most. */
export const GET = route(async () => json({ followers: await web().histogram.read() }));
