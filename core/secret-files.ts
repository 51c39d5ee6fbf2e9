import { readFileSync } from 'node:fs';

/** Variables that hold a password or a secret: addresses of servers, and two more. With `_FILE` they name a file. */
const SECRET_FILE = /^(?:[A-Z_]+_URL|SESSION_SECRET|METRICS_TOKEN)_FILE$/;

export type Env = Record<string, string | undefined>;

/** What is wrong with a variable that names a file: the variable, and what was expected and found. */
export type FileProblem = { name: string; text: string };

/**
 * Reads the secrets that are given as files, as containers get them: `SESSION_SECRET_FILE=/run/secrets/session`. A line break
 * at the end is not part of it. A variable that is given both ways, and a file that cannot be read, are problems.
 */
export function readSecretFiles(env: Env): { env: Env; problems: FileProblem[] } {
  const read: Env = {};
  const problems: FileProblem[] = [];
  for (const [name, path] of Object.entries(env)) {
    if (!path || !SECRET_FILE.test(name)) continue;
    const secret = name.replace(/_FILE$/, '');
    if (env[secret]) problems.push({ name, text: `Expected either this or ${secret}, got both` });
    else {
      const text = contentOf(path);
      if (text === null)
        problems.push({ name, text: `Expected a file that can be read, got ${JSON.stringify(path)}` });
      else read[secret] = text;
    }
  }
  return { env: { ...env, ...read }, problems };
}

function contentOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch {
    return null;
  }
}
