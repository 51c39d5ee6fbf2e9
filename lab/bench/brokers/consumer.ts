import { setTimeout as wait } from 'node:timers/promises';
import { connect } from 'amqplib';
import { z } from 'zod';

/**
 * The program of a consumer that is killed. See safety-nets.ts. It works 2 ms on each message, then prints its number.
 */
const [queue, net] = z.tuple([z.string(), z.enum(['on', 'off'])]).parse(process.argv.slice(2));
const url = z.string().parse(process.env.RABBITMQ_URL);
const noAck = net === 'off';
const channel = await (await connect(url)).createChannel();
await channel.prefetch(3);

let before = Promise.resolve();
await channel.consume(
  queue,
  (message) => {
    if (!message) return;
    before = before.then(async () => {
      await wait(2);
      console.log(JSON.parse(message.content.toString()).body);
      if (!noAck) channel.ack(message);
    });
  },
  { noAck },
);
