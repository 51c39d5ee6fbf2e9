import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '#dev/paths.ts';
import { startProgram } from '#dev/program.ts';
import { listenForStop } from '#dev/stop-signal.ts';

/** `npm run bench -- <name> [options]`: runs `lab/bench/<name>.ts`. Without a name it lists the benches. */
export async function run(_verb: string, [name = '', ...args]: string[]): Promise<number> {
  const names = benches();
  if (!names.includes(name)) {
    console.error(`Expected one of ${names.join(', ')}: npm run bench -- ${names[0] ?? '<name>'} [--json]`);
    return 1;
  }
  const bench = startProgram({
    name,
    command: process.execPath,
    args: ['--import', 'tsx', join('lab/bench', `${name}.ts`), ...args],
    cwd: ROOT,
    env: { ...process.env, NODE_ENV: 'production' },
    output: 'terminal',
  });
  void listenForStop().first.then(() => bench.stop(10_000));
  const { code } = await bench.exited;
  return code ?? 130;
}

/** Every file directly in lab/bench/ is a bench. What a bench imports lies in the folders. */
function benches(): string[] {
  const files = readdirSync(join(ROOT, 'lab/bench'), { withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return files.map((file) => /^(.+)(?<!\.test)\.ts$/.exec(file.name)?.[1] ?? '').filter(Boolean);
}
