import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { whoRuns } from './claim.ts';
import { dataDirOf } from './paths.ts';
import { stopLeftovers } from './pid-file.ts';
import { postgresFolders } from './postgres-home.ts';

// Files are removed by name, because DATA_DIR may hold other things too.
const LOGS = ['postgres', 'queue', 'timelines', 'rabbitmq', 'epmd', 'sqs'].map((name) => `${name}.log`);
const OURS = [
  'queue',
  'timelines',
  'session-secret',
  'passwords',
  'running.json',
  'pids',
  'rabbitmq',
  ...LOGS,
  ...LOGS.map((name) => `${name}.old`),
];

/** `npm run reset`: empties the data folder. Servers that the environment names are left alone. */
export async function run(): Promise<number> {
  const dataDir = dataDirOf(process.env);
  const running = whoRuns(dataDir);
  if (running) {
    console.error(
      `Process ${running.pid} runs on ${dataDir}. Stop it first: Ctrl-C in its terminal, or \`kill ${running.pid}\`.`,
    );
    return 1;
  }
  await stopLeftovers(join(dataDir, 'pids'));
  const paths = [...postgresFolders(dataDir), ...OURS.map((name) => join(dataDir, name))];
  for (const path of paths) rmSync(path, { recursive: true, force: true });
  console.log(`${dataDir} is empty. The next start seeds it again.`);
  return 0;
}
