/** The variable that names a file. From it a process reads how many ms its clock is ahead of the machine's. */
export const CLOCK_FILE = 'CLOCK_AHEAD_FILE';

/** The signal to read the file again. A process that does not listen for it ignores it. */
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
 * For NODE_OPTIONS: gives the process a clock of its own, which a test can set forward and back. Timers and waits do
 * not change, as on a machine whose clock is set.
 */
export const MOVABLE_CLOCK = `--import data:text/javascript,${encodeURIComponent(SOURCE).replaceAll("'", '%27')}`;
