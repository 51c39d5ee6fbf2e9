import { json, route } from '#app/server/api-route.ts';
import { listAccounts } from '#app/server/read.ts';

export const GET = route(async () => json({ accounts: await listAccounts() }));
