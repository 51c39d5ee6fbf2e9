import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** One answer that a client got: what it had asked for, and the text if it is JSON. */
export type Answer = { method: string; path: string; status: number; json: string | null };

/** A server between clients and the application that passes everything on and keeps the answers. */
export type Recorder = {
  /** What the clients take for the application's address. */
  url: string;
  /** The answers since the last call. */
  take(): Answer[];
  close(): Promise<void>;
};

/** Starts one on this machine, before an application on this machine. */
export async function startRecorder(appUrl: string): Promise<Recorder> {
  const port = Number(new URL(appUrl).port);
  const answers: Answer[] = [];
  const server = createServer((incoming, outgoing) =>
    passOn(incoming, outgoing, { port, keep: (answer) => answers.push(answer) }),
  );
  server.on('upgrade', (incoming: IncomingMessage, socket: Socket, head: Buffer) =>
    join(incoming, socket, { port, head }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${own}`,
    take: () => answers.splice(0),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

type Passing = { port: number; keep(answer: Answer): void };

function passOn(incoming: IncomingMessage, outgoing: ServerResponse, { port, keep }: Passing): void {
  const { method = '', url: path = '', headers } = incoming;
  const passed = httpRequest({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
    const { statusCode: status = 0, headers: got } = answer;
    outgoing.writeHead(status, got);
    answer.pipe(outgoing);
    if (!got['content-type']?.startsWith('application/json'))
      return keep({ method, path, status, json: null });
    text(answer).then(
      (json) => keep({ method, path, status, json }),
      () => {},
    );
  });
  passed.on('error', () => outgoing.destroy());
  outgoing.on('close', () => passed.destroy());
  incoming.pipe(passed);
}

/** Joins two connections after an upgrade is asked for: what is said by WebSocket is not kept. */
function join(
  { method, url, rawHeaders }: IncomingMessage,
  socket: Socket,
  { port, head }: { port: number; head: Buffer },
): void {
  const passed = connect(port, '127.0.0.1');
  for (const end of [socket, passed]) end.on('error', () => end.destroy());
  socket.on('close', () => passed.destroy());
  passed.on('close', () => socket.destroy());
  const lines = [`${method} ${url} HTTP/1.1`];
  for (let n = 0; n < rawHeaders.length; n += 2) lines.push(`${rawHeaders[n]}: ${rawHeaders[n + 1]}`);
  passed.write(`${lines.join('\r\n')}\r\n\r\n`);
  passed.write(head);
  socket.pipe(passed).pipe(socket);
}
