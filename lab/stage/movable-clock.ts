/** Names the file from which a process reads how far its clock is ahead of the machine's, in ms. */
export const CLOCK_FILE = 'CLOCK_AHEAD_FILE';

/** Tells the process to read it again. Whoever does not listen ignores this signal. */
export const CLOCK_MOVED = 'SIGWINCH';

const SOURCE = `
import { readFileSync } from 'node:fs';
const read = () => Number(readFileSync(process.env.${CLOCK_FILE}, 'utf8'));
const Machine = Date;
let ahead = read();
globalThis.Date = new Proxy(Machine, {
  construct: (date, args, made) =>
    Reflect.construct(date, args.length > 0 ? args : [Machine.now() + ahead], made === globalThis.Date ? date : made),
  get: (date, name) => (name === 'now' ? () => Machine.now() + ahead : Reflect.get(date, name)),
});
process.on('${CLOCK_MOVED}', () => { ahead = read(); });
`;

/**
 * For NODE_OPTIONS: the process has a clock of its own, which a test sets forward and back. Timers and waits are not
 * touched, as with a machine whose clock is set.
 */
export const MOVABLE_CLOCK = `--import data:text/javascript,${encodeURIComponent(SOURCE).replaceAll("'", '%27')}`;
