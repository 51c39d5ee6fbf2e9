import { listAccounts } from '#app/server/read.ts';
import { json, route } from '#app/server/api-route.ts';

export const GET = route(async () => json({ accounts: await listAccounts() }));
