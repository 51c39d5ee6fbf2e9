import type { Metadata } from 'next';
import { readRecorded, recordedBench } from '#app/recorded.ts';
import { web } from '#app/web.ts';
import { Compared } from './compared.tsx';
import { Depths } from './depths.tsx';
import { JOURNEYS } from './journeys.ts';
import { QueueOrTask } from './queue-or-task.tsx';
import { recordedBrokers } from './recorded.ts';
import { RunsNow } from './runs-now.tsx';
import { Steps } from './steps.tsx';

export const metadata: Metadata = { title: 'Brokers' };

export default async function BrokersPage() {
  const [recorded, depths] = await Promise.all([
    readRecorded('brokers', recordedBrokers),
    readRecorded('depth', recordedBench),
  ]);
  const running = web().config.BROKER;
  const journeys = Object.values(JOURNEYS);
  return (
    <div className="mx-auto w-full max-w-6xl space-y-12 px-4 py-6">
      <header>
        <h1 className="font-semibold text-2xl tracking-tight">Brokers</h1>
        <p className="mt-1 max-w-2xl text-muted">
          Three message queues carry the same fan-out here, behind one port, with the same promises. They fail
          in different ways. Crash something at each step and see what becomes of the message.
        </p>
        <RunsNow title={JOURNEYS[running].title} />
      </header>
      <Steps journeys={journeys} running={running} figures={recorded?.figures ?? {}} />
      <Compared journeys={journeys} running={running} recorded={recorded} />
      {depths && <Depths journeys={journeys} running={running} recorded={depths} />}
      <QueueOrTask />
    </div>
  );
}
