import { EventEmitter, once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';

/** Who sends: the process or the server. */
export type Speaker = 'process' | 'server';

type Mood =
  | { kind: 'open' }
  | { kind: 'cut' }
  | { kind: 'stalled' }
  | { kind: 'slow'; ms: number }
  | { kind: 'losing'; of: Speaker };

/** A TCP proxy between one process and one server. It can be cut, stalled and slowed, each until `heal`. */
export class Link {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #mood: Mood = { kind: 'open' };
  #cutsAt: ((piece: Buffer) => boolean) | undefined;
  #losesEach: { of: Speaker; isMeant: (piece: Buffer) => boolean } | undefined;
  readonly #events = new EventEmitter().setMaxListeners(0);

  private constructor(private targetPort: number) {
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

  /** Carries new connections to another server, like an address that moves. Open connections stay where they are. */
  leadTo(targetPort: number): void {
    this.targetPort = targetPort;
  }

  /** Ends every connection and refuses new ones. */
  cut(): void {
    this.#mood = { kind: 'cut' };
    this.#cutsAt = undefined;
    this.#hangUp();
    this.#events.emit('cut');
  }

  /** Cuts right before the process sends a piece for which `isTheOne` holds. Rejects when none comes in time. */
  async cutAt(isTheOne: (piece: Buffer) => boolean, patienceMs: number): Promise<void> {
    this.#cutsAt = isTheOne;
    await once(this.#events, 'cut', { signal: AbortSignal.timeout(patienceMs) });
  }

  /** Cuts in the middle of what the process sends, after this many bytes. */
  cutAfter(bytes: number, patienceMs: number): Promise<void> {
    let left = bytes;
    return this.cutAt((piece) => {
      left -= piece.length;
      return left < 0;
    }, patienceMs);
  }

  /** Drops what one side sends. Neither side can tell until `heal`, which ends the connection. */
  lose(of: Speaker): void {
    this.#mood = { kind: 'losing', of };
  }

  /** Drops each piece of one side for which `isMeant` holds, until `heal`. If these are whole messages, the connection stays of use. */
  loseEach(of: Speaker, isMeant: (piece: Buffer) => boolean): void {
    this.#losesEach = { of, isMeant };
  }

  /** Accepts connections and carries nothing, as a network that drops packets does. */
  stall(): void {
    this.#mood = { kind: 'stalled' };
  }

  /** Delays every piece by `ms`. */
  slow(ms: number): void {
    this.#mood = { kind: 'slow', ms };
  }

  heal(): void {
    // Some of the bytes are lost, so the connection is of no use any more.
    if (this.#mood.kind === 'losing') this.#hangUp();
    this.#cutsAt = undefined;
    this.#losesEach = undefined;
    this.#mood = { kind: 'open' };
    this.#events.emit('healed');
  }

  async close(): Promise<void> {
    this.cut();
    this.heal();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
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
    client.pipe(this.#gate('process')).pipe(server);
    server.pipe(this.#gate('server')).pipe(client);
  }

  #gate(speaker: Speaker): Transform {
    return new Transform({
      transform: (piece: Buffer, _encoding, passed) => {
        if (this.#mood.kind === 'losing' && this.#mood.of === speaker) return passed();
        if (this.#losesEach?.of === speaker && this.#losesEach.isMeant(piece)) return passed();
        if (speaker === 'process' && this.#cutsAt?.(piece)) this.cut();
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
