/** Says why nothing can be broken here, and how to switch the lab on. */
export function LabOff() {
  return (
    <section aria-labelledby="off" className="card space-y-3 p-5">
      <h2 id="off" className="font-semibold">
        The lab is off
      </h2>
      <p>
        It breaks real processes, so it is on only where that can harm nobody: where <code>npm start</code>{' '}
        has started all servers itself. On servers of your own it stays off until you ask for it:
      </p>
      <pre className="overflow-x-auto rounded-lg bg-canvas p-3 font-mono text-sm">LAB=1 npm start</pre>
      <p className="text-muted text-sm">
        Servers that you name by a URL are never touched. <code>LAB=0</code> switches the lab off anywhere,
        and with hot reload there is none.
      </p>
    </section>
  );
}

/** Says that the lab is on and its experiments cannot be listed. */
export const NotListed = () => (
  <p role="status" className="rounded-xl bg-warn-soft p-4 text-sm text-warn">
    The experiments cannot be listed now. Load this page again; the lines of <code>lab</code> in the terminal
    say why.
  </p>
);
