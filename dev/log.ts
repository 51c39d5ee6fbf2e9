export type Log = (line: string) => void;

/**
 * Prints whole lines under a name, so that five processes can share one terminal. With LOG_FORMAT=json each is one JSON object;
 * what is one already stays as it is.
 */
export function logAs(name: string, print: Log = console.log, isJson = false): Log {
  if (isJson) return (line) => print(line.startsWith('{') ? line : asJson(name, line));
  const prefix = `${name.padEnd(8)} | `;
  return (line) => print(prefix + line);
}

const asJson = (process: string, msg: string): string =>
  JSON.stringify({ level: 'info', time: new Date().toISOString(), process, msg });

/** Does one step and says how long it took. */
export async function step<T>(log: Log, done: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await work();
  log(`${done} (${seconds(performance.now() - started)})`);
  return result;
}

/** `1.3 s` */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
