import type { Given, Needs } from './needs.ts';

/** Machines of each part, all of one kind, and what a month costs. */
export type Bill = { part: string; machines: number; gb: number; perMonth: number }[];

const HOURS = 730; // of a month

/** Prices are what the options say: list prices without a discount. Nothing of it is an offer of anybody. */
export function billOf({ options }: Given, needs: Needs): Bill {
  const { web, workers, stores, ledgers, queues, messages, outGb } = needs;
  const machine = (part: string, cores: number): Bill[number] => {
    const machines = Math.ceil(cores / options['machine-cores']);
    return { part, machines, gb: 0, perMonth: machines * options['machine-price'] * HOURS };
  };
  const ofRedis = (part: string, servers: number) => machine(part, servers * options['machine-cores']);
  const copies = 1 + options.replicas;
  const disk = ledgers.gb * copies;
  return [
    machine('web processes', web),
    machine('workers', workers),
    ofRedis('timeline stores', stores.servers),
    machine('ledgers', (needs.cores.ledger / options.busy) * copies),
    ...(options.broker === 'sqs'
      ? [priced('SQS requests', (messages.requestsOfMonth / 1e6) * options['sqs-price'])]
      : [ofRedis('queue', queues * copies)]),
    {
      part: 'disk of the ledgers after a year',
      machines: 0,
      gb: disk,
      perMonth: disk * options['disk-price'],
    },
    { part: 'pages that leave', machines: 0, gb: outGb, perMonth: outGb * options['out-price'] },
  ];
}

const priced = (part: string, perMonth: number): Bill[number] => ({ part, machines: 0, gb: 0, perMonth });
