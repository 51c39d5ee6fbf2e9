import { createHash } from 'node:crypto';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder in the clone for what a build compiles. */
export const COMPILED = '.compiled';

const above = dirname(dirname(fileURLToPath(import.meta.url)));

/** Whether this process runs what a build compiled. */
export const isCompiled = basename(above) === COMPILED;

/** The clone's folder. */
export const ROOT = isCompiled ? dirname(above) : above;

/** Set where programs are compiled although this process is not: tests start hundreds of them. */
export const RUN_COMPILED = 'RUN_COMPILED';

/** How Node runs a program of this clone, given by its source: what was compiled of it, or the source itself by tsx. */
export function nodeArgs(
  source: string,
  compiled = isCompiled || process.env[RUN_COMPILED] === '1',
): string[] {
  if (!compiled) return ['--import', 'tsx', source];
  return ['--enable-source-maps', join(COMPILED, source.replace(/\.ts$/, '.js'))];
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
