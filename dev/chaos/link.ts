import { EventEmitter, once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';

type Mood = { kind: 'open' } | { kind: 'cut' } | { kind: 'stalled' } | { kind: 'slow'; ms: number };

/** One process's way to one server: a TCP proxy that can be cut, stalled and slowed, each until `heal`. */
export class Link {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #mood: Mood = { kind: 'open' };
  readonly #events = new EventEmitter().setMaxListeners(0);

  private constructor(private readonly targetPort: number) {
    this.#server = createServer((client) => this.#carry(client));
  }

  /** Listens on a free port of 127.0.0.1 and carries to `targetPort` there. */
  static async open(targetPort: number): Promise<Link> {
    const link = new Link(targetPort);
    link.#server.listen(0, '127.0.0.1');
    await once(link.#server, 'listening');
    return link;
  }

  get port(): number {
    const address = this.#server.address();
    if (typeof address !== 'object' || !address) throw new Error('Expected a link that listens');
    return address.port;
  }

  /** Ends every connection and refuses new ones. */
  cut(): void {
    this.#mood = { kind: 'cut' };
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Accepts connections and carries nothing, as a network that drops packets does. */
  stall(): void {
    this.#mood = { kind: 'stalled' };
  }

  /** Holds back everything it carries for so long, piece after piece. */
  slow(ms: number): void {
    this.#mood = { kind: 'slow', ms };
  }

  heal(): void {
    this.#mood = { kind: 'open' };
    this.#events.emit('healed');
  }

  async close(): Promise<void> {
    this.cut();
    this.heal();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #carry(client: Socket): void {
    if (this.#mood.kind === 'cut') return void client.destroy();
    const server = connect(this.targetPort, '127.0.0.1');
    const ends = [client, server];
    for (const socket of ends) {
      socket.setNoDelay(true);
      this.#sockets.add(socket);
      socket.on('error', () => {}); // `close` follows
      socket.on('close', () => {
        this.#sockets.delete(socket);
        for (const end of ends) end.destroy();
      });
    }
    client.pipe(this.#gate()).pipe(server);
    server.pipe(this.#gate()).pipe(client);
  }

  #gate(): Transform {
    return new Transform({
      transform: (piece, _encoding, passed) => {
        if (this.#mood.kind === 'open') return passed(null, piece);
        void this.#hold().then(() => passed(null, piece));
      },
    });
  }

  async #hold(): Promise<void> {
    if (this.#mood.kind === 'slow') await wait(this.#mood.ms);
    while (this.#mood.kind === 'stalled' || this.#mood.kind === 'cut') await once(this.#events, 'healed');
  }
}
