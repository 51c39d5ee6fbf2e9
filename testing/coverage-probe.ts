import { Session } from 'node:inspector/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * This file is loaded into a process before its program (`--import`). It answers the message `functions that ran` with
 * the functions of this project that ran since the last such message. They come as `file:name:offset`.
 */
const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });

process.on('message', (message) => {
  if (message === 'functions that ran') void report();
});
process.channel?.unref(); // the probe keeps no process alive

async function report(): Promise<void> {
  const { result } = await session.post('Profiler.takePreciseCoverage');
  const functions = result.flatMap(({ url, functions }) => {
    const file = fileOf(url);
    if (!file) return [];
    return functions
      .filter(
        ({ functionName, ranges: [range] }) => range && range.count > 0 && !isLoading(functionName, range),
      )
      .map(({ functionName, ranges }) => `${file}:${functionName}:${ranges[0]?.startOffset}`);
  });
  process.send?.({ functions });
}

/** True for the code that runs when the file is loaded, and for what tsx adds to keep the names of functions. */
const isLoading = (functionName: string, { startOffset }: { startOffset: number }): boolean =>
  startOffset === 0 || functionName === '__name';

/** The path within the project. Null for a file outside of it. */
function fileOf(url: string): string | null {
  if (!url.startsWith('file://')) return null;
  const file = relative(process.cwd(), fileURLToPath(url.replace(/\?.*$/, '')));
  return file.startsWith('..') || file.startsWith('node_modules') ? null : file;
}
