import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { livePid, pidFileOf, writePidFile } from './pid-file.ts';
import { StartError } from './start-error.ts';

/** What runs on a data folder now. */
const status = z.object({
  pid: z.number(),
  /** Missing while it is still starting. */
  url: z.string().optional(),
  databaseUrl: z.string().optional(),
  timelineRedisUrl: z.string().optional(),
});
export type Status = z.infer<typeof status>;

export type Claim = {
  /** Tells others where it is. */
  publish(found: Omit<Status, 'pid'>): void;
  release(): void;
};

/** Who runs on this data folder, if anybody. A supervisor that was killed does not count. */
export function whoRuns(dataDir: string): Status | undefined {
  const pid = livePid(pidFileOf(dataDir, 'supervisor'));
  if (!pid) return undefined;
  const file = statusFile(dataDir);
  return { ...(existsSync(file) ? status.parse(JSON.parse(readFileSync(file, 'utf8'))) : {}), pid };
}

/** Takes the data folder for this process: two sets of servers on one folder would destroy it. */
export function claim(dataDir: string): Claim {
  const other = whoRuns(dataDir);
  if (other) {
    throw new StartError(
      `Already running at ${other.url ?? '(it is still starting)'}, process ${other.pid}.`,
      `Stop it with Ctrl-C in its terminal or \`kill ${other.pid}\`; DATA_DIR=… runs a second one on a folder of its own.`,
    );
  }
  mkdirSync(dataDir, { recursive: true });
  rmSync(statusFile(dataDir), { force: true });
  writePidFile(pidFileOf(dataDir, 'supervisor'), process.pid);
  return {
    publish: (found) =>
      writeFileSync(statusFile(dataDir), JSON.stringify({ pid: process.pid, ...found }), { mode: 0o600 }),
    release: () => {
      rmSync(statusFile(dataDir), { force: true });
      rmSync(pidFileOf(dataDir, 'supervisor'), { force: true });
    },
  };
}

function statusFile(dataDir: string): string {
  return join(dataDir, 'running.json');
}
