import { type ChannelModel, connect } from 'amqplib';
import { SECOND } from '#core/durations.ts';
import { settledWithin } from './within.ts';
import { withoutPassword } from './without-password.ts';

/** RabbitMQ's lease is the connection: after two missed heartbeats its messages are handed out again. */
const HEARTBEAT_S = '4';
const RECONNECT = { initialDelay: 100, maxDelay: SECOND, waitForConnect: false };
const CLOSE_MS = SECOND;

/** Connects, and reconnects after every loss. A connection is used once `setUp` has declared its queues and channels. */
export function connectRecovering(url: string, setUp: (model: ChannelModel) => Promise<void>) {
  const target = new URL(url);
  if (!target.searchParams.has('heartbeat')) target.searchParams.set('heartbeat', HEARTBEAT_S);
  const setup = async (model: ChannelModel) => {
    const requireLiving = watch(model);
    await setUp(model);
    requireLiving();
  };
  // Without noDelay every single publish waits 40 ms for the delayed acknowledgement of TCP.
  return connect(target.href, { noDelay: true, timeout: 2 * SECOND, recovery: { ...RECONNECT, setup } });
}

/**
 * amqplib's recovery can stop for ever in two ways, and both happen. It waits for the answer to a close, which never
 * comes when the connection breaks meanwhile. And it does not notice a loss during set-up.
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

/** What went wrong at this address, and what to do where that is known. */
export function explain(cause: unknown, url: string): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  const at = `RabbitMQ (RABBITMQ_URL, ${withoutPassword(url)})`;
  if (/PRECONDITION.FAILED/.test(text)) {
    return `${at}: a queue exists with other arguments. Delete it, or name an empty virtual host. ${text}`;
  }
  // A virtual host that does not exist ends the handshake, and amqplib does not pass the reason on.
  if (/ACCESS.REFUSED|NOT.ALLOWED|<ConnectionClose/.test(text)) {
    return `${at}: the server refused the user, the password or the virtual host. Correct them in RABBITMQ_URL, or add them with rabbitmqctl. ${text}`;
  }
  return `${at}: ${text}`;
}
