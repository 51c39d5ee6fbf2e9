import type { RaceView } from '#api/contract.ts';
import { count } from '#app/ui/figures.ts';
import { time } from '#core/lab/race-result.ts';
import { LANE_WORDS } from './lane-words.ts';
import { curvePath, scaleOf } from './race-chart.ts';

type Heats = RaceView['heats'];
type Moment = 'answerMs' | 'lastMs';

const BOX = { width: 400, height: 160 };

/** How the lanes compare over the number of followers: as lines, and as the same figures in a table. */
export function Moments({ heats }: { heats: Heats }) {
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      <Panel title="The author waits" moment="answerMs" heats={heats} />
      <Panel title="The last follower has it" moment="lastMs" heats={heats} />
    </div>
  );
}

function Panel({ title, moment, heats }: { title: string; moment: Moment; heats: Heats }) {
  return (
    <section aria-label={title} className="card min-w-0 p-4">
      <h2 className="font-semibold">{title}</h2>
      <Lines title={title} moment={moment} heats={heats} />
      <table className="mt-3 w-full text-xs tabular-nums sm:text-sm">
        <caption className="sr-only">{title}, by the number of followers</caption>
        <thead>
          <tr className="text-muted">
            <th scope="col" className="py-1 text-left align-bottom font-normal">
              followers
            </th>
            {LANE_WORDS.map(({ name, title: lane, stroke, dash }) => (
              <th key={name} scope="col" className="py-1 pl-2 text-right align-bottom font-normal">
                <svg viewBox="0 0 24 4" className="ml-auto h-1 w-6" aria-hidden="true">
                  <path d="M0 2H24" className={stroke} strokeWidth={3} strokeDasharray={dash} />
                </svg>
                {lane}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {heats.map(({ followers, lanes }) => (
            <tr key={followers} className="border-t">
              <th scope="row" className="py-1 text-left font-normal">
                {count(followers)}
              </th>
              {LANE_WORDS.map(({ name }) => (
                <td key={name} className="py-1 pl-2 text-right">
                  {time(lanes[name][moment])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Lines({ title, moment, heats }: { title: string; moment: Moment; heats: Heats }) {
  const points = LANE_WORDS.map(({ name }) =>
    heats.map(({ followers, lanes }) => ({ followers, ms: lanes[name][moment] })),
  );
  const scale = scaleOf(points.flat());
  return (
    <>
      <svg
        role="img"
        aria-label={`${title}, over the number of followers, both on logarithmic scales from ${time(scale.least)} to ${time(scale.most)}; the table below has the figures`}
        viewBox={`-4 -4 ${BOX.width + 8} ${BOX.height + 8}`}
        preserveAspectRatio="none"
        className="mt-2 h-40 w-full border-b border-l"
      >
        {LANE_WORDS.map(({ name, stroke, dash }, n) => (
          <path
            key={name}
            d={curvePath(points[n] ?? [], BOX, scale)}
            className={`fill-none ${stroke}`}
            strokeWidth={2.5}
            strokeDasharray={dash}
            strokeLinecap="round"
            vectorEffect="non-scaling-stroke"
          />
        ))}
      </svg>
      <p aria-hidden="true" className="mt-1 flex justify-between text-muted text-xs tabular-nums">
        <span>{count(scale.from)}</span>
        <span>
          followers; {time(scale.least)} to {time(scale.most)}, both logarithmic
        </span>
        <span>{count(scale.to)}</span>
      </p>
    </>
  );
}
