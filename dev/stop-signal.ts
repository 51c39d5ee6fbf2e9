const SAME_KEY_PRESS = 700; // ms; one Ctrl-C arrives twice: once from the terminal, and once from npm, which hands it on

export type StopSignal = {
  /** Resolves with the first Ctrl-C, SIGTERM, or closed terminal. */
  first: Promise<void>;
};

/**
 * Listens for the signals that ask this process to end. A second one, later, ends it at once, and prints what `lostNow` says
 * of that.
 */
export function listenForStop(lostNow: () => string | undefined = () => undefined): StopSignal {
  let since = 0;
  const first = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (since === 0) since = performance.now();
        else if (performance.now() - since > SAME_KEY_PRESS) endAtOnce(lostNow());
        resolve();
      });
    }
  });
  // When the terminal has gone, writing to it fails. That must not end this process before everything is stopped.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  return { first };
}

/** Kills what is left, see program.ts. */
function endAtOnce(lost: string | undefined): never {
  if (lost) console.error(`\n${lost}`);
  process.exit(1);
}
