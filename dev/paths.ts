import { createHash } from 'node:crypto';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone's folder. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');

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
