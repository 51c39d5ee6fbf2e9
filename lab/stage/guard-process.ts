import { throwAway } from '#dev/temp-folder.ts';

/** The program of guard.ts: waits until whoever started it is gone, and throws away what runs on the folder. */
const [dir = ''] = process.argv.slice(2);
process.once('disconnect', () => void throwAway(dir).then(() => process.exit(0)));
// Ctrl-C in the terminal, or a stop of the whole application, may reach it before it has anything to do.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
if (!process.connected) process.emit('disconnect');
