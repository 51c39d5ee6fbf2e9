import { throwAway } from '#dev/temp-folder.ts';

/** The program of guard.ts. It waits until its parent is gone, then stops what runs on the folder and removes it. */
const [dir = ''] = process.argv.slice(2);
process.once('disconnect', () => void throwAway(dir).then(() => process.exit(0)));
// Ctrl-C in the terminal, or a stop of the whole application, must not end it before its parent is gone.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
if (!process.connected) process.emit('disconnect');
