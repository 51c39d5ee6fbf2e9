import { type ChannelModel, connect } from 'amqplib';
import { settledWithin } from './within.ts';
import { withoutPassword } from './without-password.ts';

/** The lease of RabbitMQ is the connection: two missed heartbeats and all that it held is handed out again. */
const HEARTBEAT_S = '4';
const RECONNECT = { initialDelay: 100, maxDelay: 1_000, waitForConnect: false };
const CLOSE_MS = 1_000;

/** Connects, and again after every loss. Each connection counts once `setUp` has made what hangs on it. */
export function connectRecovering(url: string, setUp: (model: ChannelModel) => Promise<void>) {
  const target = new URL(url);
  if (!target.searchParams.has('heartbeat')) target.searchParams.set('heartbeat', HEARTBEAT_S);
  const setup = async (model: ChannelModel) => {
    const requireLiving = watch(model);
    await setUp(model);
    requireLiving();
  };
  // Without noDelay every single publish waits 40 ms for the delayed acknowledgement of TCP.
  return connect(target.href, { noDelay: true, timeout: 2_000, recovery: { ...RECONNECT, setup } });
}

/**
 * amqplib's recovery ends for good in two ways, and both happen: it waits for the answer to a close, which a connection
 * that breaks meanwhile never gives; and it does not hear of a loss that comes before its set-up is through.
 */
function watch(model: ChannelModel): () => void {
  const close = model.close.bind(model);
  model.close = async () => void (await settledWithin(CLOSE_MS, close()));
  let isLost = false;
  model.once('close', () => {
    isLost = true;
  });
  return () => {
    if (isLost) throw new Error('the connection was lost while it was set up');
  };
}

/** What went wrong at this address, and what to do about it where that is known. */
export function explain(cause: unknown, url: string): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  const at = `RabbitMQ (RABBITMQ_URL, ${withoutPassword(url)})`;
  if (/PRECONDITION.FAILED/.test(text)) {
    return `${at}: a queue exists with other arguments. Delete it, or name an empty virtual host. ${text}`;
  }
  // A virtual host that there is not ends the handshake without a word that amqplib would pass on.
  if (/ACCESS.REFUSED|NOT.ALLOWED|<ConnectionClose/.test(text)) {
    return `${at}: the server refused the user, the password or the virtual host. Correct them in RABBITMQ_URL, or add them with rabbitmqctl. ${text}`;
  }
  return `${at}: ${text}`;
}
