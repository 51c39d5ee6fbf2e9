// The program of dev/sqs.ts: `node dev/sqs-server.mjs PORT`. The command of fauxqs itself would listen on every
// address.
import { buildApp } from 'fauxqs';

await buildApp({ logger: false }).listen({ port: Number(process.argv[2]), host: '127.0.0.1' });
