import { run } from './command.ts';

/** `node --import tsx prisma/main.ts` is `npm run migrate` where there is no npm, as in an image. */
process.exitCode = await run('migrate', process.argv.slice(2));
