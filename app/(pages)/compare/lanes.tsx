import type { RaceView } from '#api/contract.ts';
import { count, counted } from '#app/ui/figures.ts';
import { time } from '#core/lab/race-result.ts';
import { LANE_WORDS } from './lane-words.ts';

type HeatView = RaceView['heats'][number];
type LaneView = HeatView['lanes']['request'];

/** The lanes of one heat side by side, each as far as it has got. */
export function Lanes({ heat }: { heat: HeatView }) {
  return (
    <section aria-labelledby="lanes">
      <h2 id="lanes" className="font-semibold text-lg tracking-tight">
        {counted(heat.followers, 'follower')}{' '}
        <span className="font-normal text-muted">
          {heat.samples === 1 ? 'one tweet in each lane' : `medians of ${heat.samples} tweets in each lane`}
        </span>
      </h2>
      <ol className="mt-3 grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
        {LANE_WORDS.map(({ name, title, does }) => (
          <li key={name} className="card flex flex-col gap-3 p-4">
            <h3 className="font-medium">{title}</h3>
            <Track lane={heat.lanes[name]} followers={heat.followers} />
            <Times lane={heat.lanes[name]} isPulled={name === 'pulled'} />
            <p className="text-muted text-sm">{does}</p>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Track({ lane, followers }: { lane: LaneView; followers: number }) {
  return (
    <div>
      <div aria-hidden="true" className="h-2 overflow-hidden rounded-full bg-ink/10">
        <div className="h-full bg-accent" style={{ width: `${(100 * lane.delivered) / followers}%` }} />
      </div>
      <p className="mt-1 text-sm tabular-nums">
        {lane.state === 'waiting' ? 'waits for its turn' : `${count(lane.delivered)} have it`}
      </p>
    </div>
  );
}

function Times({ lane, isPulled }: { lane: LaneView; isPulled: boolean }) {
  return (
    <dl className="grid grid-cols-[1fr_auto] gap-x-3 text-sm tabular-nums">
      <dt className="text-muted">author waits</dt>
      <dd className="text-right font-semibold">{time(lane.answerMs)}</dd>
      <dt className="text-muted">{isPulled ? 'first, at the next read' : 'first has it'}</dt>
      <dd className="text-right">{time(lane.firstMs)}</dd>
      <dt className="text-muted">{isPulled ? 'median, at the next read' : 'median'}</dt>
      <dd className="text-right">{time(lane.medianMs)}</dd>
      <dt className="text-muted">{isPulled ? 'last, at the next read' : 'last has it'}</dt>
      <dd className="text-right">{time(lane.lastMs)}</dd>
    </dl>
  );
}
