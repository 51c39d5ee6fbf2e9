export type Log = (line: string) => void;

/** Prints whole lines under a name, so that five processes can share one terminal. */
export function logAs(name: string, print: Log = console.log): Log {
  const prefix = `${name.padEnd(8)} | `;
  return (line) => print(prefix + line);
}

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
