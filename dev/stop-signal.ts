const SAME_KEY_PRESS = 700; // ms; one Ctrl-C arrives twice: once from the terminal, and once from npm, which hands it on

export type StopSignal = {
  /** Resolves with the first Ctrl-C, SIGTERM, or closed terminal. */
  first: Promise<void>;
};

/** Listens for the signals that ask this process to end. A second one, later, ends it at once. */
export function listenForStop(): StopSignal {
  let since = 0;
  const first = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (since === 0) since = performance.now();
        else if (performance.now() - since > SAME_KEY_PRESS) process.exit(1); // kills what is left, see program.ts
        resolve();
      });
    }
  });
  // When the terminal has gone, writing to it fails. That must not end this process before everything is stopped.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  return { first };
}
