import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { installCommand, installDebian } from '#dev/debian-packages.ts';
import { freePort, until } from '#dev/ports.ts';
import { startProgram } from '#dev/program.ts';
import { StartError } from '#dev/start-error.ts';

const PACKAGES = ['prometheus']; // promtool is part of it
const [SERVER, TOOL] = ['/usr/bin/prometheus', '/usr/bin/promtool'];

/** Installs Debian's package where this user may; throws {@link StartError} elsewhere. */
export function installPrometheus(): void {
  if (existsSync(SERVER) || installDebian(PACKAGES)) return;
  throw new StartError(
    `Prometheus is not installed: there is no ${SERVER}.`,
    `Install Debian's package, \`${installCommand(PACKAGES)}\` as root.`,
  );
}

/** Runs promtool in a folder. `output` is what it said. */
export function promtool(cwd: string, ...args: string[]): { code: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(TOOL, args, { cwd, encoding: 'utf8' });
  return { code: status, output: `${stdout}${stderr}` };
}

const answer = z.object({
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }),
});

/** A Prometheus that reads some processes twice a second. */
export type Prometheus = {
  /** The values of a query now: one for each series. */
  values(query: string): Promise<number[]>;
  stop(): Promise<void>;
};

/** Starts one with data of its own in `dir`. `jobs` are addresses by the name of their job. */
export async function startPrometheus(dir: string, jobs: Record<string, string>): Promise<Prometheus> {
  const port = await freePort();
  const config = join(dir, 'prometheus.json'); // JSON is YAML
  const scrape_configs = Object.entries(jobs).map(([job_name, target]) => ({
    job_name,
    static_configs: [{ targets: [target] }],
  }));
  writeFileSync(config, JSON.stringify({ global: { scrape_interval: '500ms' }, scrape_configs }));
  const address = `127.0.0.1:${port}`;
  const options = {
    'config.file': config,
    'storage.tsdb.path': join(dir, 'data'),
    'web.listen-address': address,
  };
  const running = startProgram({
    ...{ name: 'prometheus', command: SERVER, output: { file: join(dir, 'prometheus.log') } },
    args: Object.entries(options).map(([name, value]) => `--${name}=${value}`),
  });
  const values = async (query: string) => {
    const asked = await fetch(`http://${address}/api/v1/query?${new URLSearchParams({ query })}`);
    const { data } = answer.parse(await asked.json());
    return data.result.map(({ value: [, text] }) => Number(text));
  };
  const stop = async () => void (await running.stop(3_000));
  await until(() => values('up'), 30_000).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { values, stop };
}
