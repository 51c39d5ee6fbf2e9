import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { installCommand, installDebian } from '#dev/debian-packages.ts';
import { ROOT } from '#dev/paths.ts';
import { StartError } from '#dev/start-error.ts';

/** One request for wrk. A POST is a tweet with a key of its own. */
export type Request = {
  method: 'GET' | 'POST';
  path: string;
  cookie?: string;
  account?: string;
  /** A client's access token. */
  token?: string;
};

/** Requests in a file, as wrk.lua reads them. */
export type RequestFile = string;

export type Load = { url: string; requests: RequestFile; connections: number; seconds: number };

/**
 * What wrk measured: answers a second, and latencies in ms. When an answer takes more than twice the mean, wrk also
 * counts the requests that its connection would have sent meanwhile. So p99 is what people see who come at any time.
 */
export type Measurement = { requests: number; perSecond: number; p50: number; p99: number };

const PACKAGES = ['wrk'];

/**
 * Installs Debian's wrk where this user may. Throws a {@link StartError} elsewhere. A generator in Node would take the
 * cores that are measured. wrk needs a fifth of a core for 20,000 requests a second.
 */
export function installWrk(): void {
  if (spawnSync('wrk', ['-v']).error === undefined) return;
  if (installDebian(PACKAGES)) return;
  throw new StartError(
    'wrk, which makes the load, is not installed.',
    `Install Debian's package, \`${installCommand(PACKAGES)}\` as root, or that of your system.`,
  );
}

/** Writes requests for {@link drive}. */
export function writeRequests(file: RequestFile, requests: Request[]): RequestFile {
  const lines = requests.map(({ method, path, cookie = '', account = '', token = '' }) =>
    [method, path, cookie, account, token].join('\t'),
  );
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  return file;
}

/** Sends requests over so many connections for so many seconds. Throws when any of them fails or is refused. */
export async function drive({ url, requests, connections, seconds }: Load): Promise<Measurement> {
  const script = join(ROOT, 'lab/load/wrk.lua');
  const settings = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', script];
  const args = [...settings, url, '--', requests, crypto.randomUUID()];
  const { stdout } = await promisify(execFile)('wrk', args, { maxBuffer: 1024 * 1024 });
  return parseMeasurement(stdout);
}

const line = z.object({
  requests: z.int(),
  us: z.number().positive(),
  p50: z.number(),
  p99: z.number(),
  refused: z.int(),
  failed: z.int(),
});

/** Reads the line that wrk.lua prints after wrk's own. Throws when a request failed: its time is no figure. */
export function parseMeasurement(output: string): Measurement {
  const json = output.split('\n').findLast((each) => each.startsWith('{'));
  if (json === undefined) throw new Error(`Expected a measurement from wrk, got ${output || 'nothing'}`);
  const { requests, us, p50, p99, refused, failed } = line.parse(JSON.parse(json));
  if (refused + failed > 0)
    throw new Error(
      `Expected ${requests} answers, got ${refused} that refuse and ${failed} that failed or never came`,
    );
  if (requests === 0) throw new Error(`Expected answers within ${us / 1_000_000} s, got none`);
  return { requests, perSecond: requests / (us / 1_000_000), p50: p50 / 1_000, p99: p99 / 1_000 };
}
