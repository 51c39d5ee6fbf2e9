import { readSync } from 'node:fs';
import { createServer } from 'node:http';
import { acceptMore } from '#api/acceptors.ts';

/*
 * A process that says in how many turns of the event loop it has accepted its connections: `accepting-process.ts COUNT FD…`.
 * It says `ready`, and accepts nothing until its standard input brings a byte. Then it prints the number of turns once COUNT
 * connections are there.
 */

const [count = 0, fd = 0, ...fds] = process.argv.slice(2).map(Number);
const turns = new Set<number>();
let turn = 0;
let accepted = 0;

const nextTurn = () => {
  turn++;
  setImmediate(nextTurn);
};

const server = createServer().on('connection', () => {
  turns.add(turn);
  if (++accepted === count) console.log(turns.size);
});
server.listen({ fd }, async () => {
  await acceptMore(server, fds);
  console.log('ready');
  readSync(0, Buffer.alloc(1));
  nextTurn();
});
