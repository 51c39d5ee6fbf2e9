import { createHash } from 'node:crypto';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder in the clone for what a build compiles. */
export const COMPILED = '.compiled';

/** The same for programs that tests start. An application may run from the other one meanwhile. */
export const COMPILED_FOR_TESTS = '.compiled-tests';

const above = dirname(dirname(fileURLToPath(import.meta.url)));

/** Whether this process runs what a build compiled. */
export const isCompiled = [COMPILED, COMPILED_FOR_TESTS].includes(basename(above));

/** The clone's folder. */
export const ROOT = isCompiled ? dirname(above) : above;

/** Names the folder of compiled programs to a process that runs from the sources itself, as tests do. */
export const RUN_COMPILED = 'RUN_COMPILED';

/** How Node runs a program of this clone, given by its source: what was compiled of it, or the source itself by tsx. */
export function nodeArgs(
  source: string,
  compiled = isCompiled || process.env[RUN_COMPILED] !== undefined,
): string[] {
  if (!compiled) return ['--import', 'tsx', source];
  const from = isCompiled ? basename(above) : (process.env[RUN_COMPILED] ?? COMPILED);
  return ['--enable-source-maps', join(from, source.replace(/\.ts$/, '.js'))];
}

/**
 * Where servers keep their data: `.data` in the clone, or DATA_DIR. With a DATABASE_URL each database has a folder of
 * its own, because timelines and messages of one database are wrong for another.
 */
export function dataDirOf({ DATA_DIR, DATABASE_URL }: NodeJS.ProcessEnv): string {
  const dir = DATA_DIR || '.data';
  const base = isAbsolute(dir) ? dir : join(ROOT, dir);
  if (!DATABASE_URL) return base;
  return join(base, `database-${createHash('sha256').update(DATABASE_URL).digest('hex').slice(0, 8)}`);
}
