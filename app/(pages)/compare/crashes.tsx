import type { RaceView } from '#api/contract.ts';
import { count } from '#app/ui/figures.ts';
import { time } from '#core/lab/race-result.ts';
import { LANE_WORDS } from './lane-words.ts';

/** What a kill half-way leaves in each lane, and what pulling costs the readers. */
export function Crashes({ race: { crashes, reads }, isOver }: { race: RaceView; isOver: boolean }) {
  return (
    <section aria-labelledby="crashes" className="card min-w-0 space-y-3 p-4">
      <h2 id="crashes" className="font-semibold">
        Killed half-way
      </h2>
      {crashes.length === 0 ? (
        <p className="text-muted text-sm">
          {isOver
            ? 'Nothing was killed: so few followers have the tweet before there is a half-way.'
            : 'This comes last: each way is killed while it delivers.'}
        </p>
      ) : (
        <table className="w-full text-xs tabular-nums sm:text-sm">
          <caption className="sr-only">What a kill half-way leaves of each way</caption>
          <thead>
            <tr className="text-muted">
              {['', 'had it then', 'have it later', 'missing', 'twice'].map((head) => (
                <th
                  key={head}
                  scope="col"
                  className="py-1 pl-2 text-right align-bottom font-normal first:pl-0"
                >
                  {head || <span className="sr-only">way</span>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {crashes.map((crash) => (
              <CrashRow key={crash.lane} crash={crash} />
            ))}
          </tbody>
        </table>
      )}
      <p className="text-muted text-sm tabular-nums">
        When a tweet is pulled at read, nothing can die half-way: it is one entry in one list.{' '}
        {reads &&
          `But every page of home then takes ${time(reads.pulledMs)} from the store instead of ${time(reads.pushedMs)}, because the list of one celebrity is read with it.`}
      </p>
    </section>
  );
}

function CrashRow({ crash }: { crash: RaceView['crashes'][number] }) {
  const { lane, followers, atOnce, later, twice, laterS } = crash;
  const missing = followers - later;
  return (
    <tr className="border-t">
      <th scope="row" className="py-1 text-left font-normal">
        {LANE_WORDS.find(({ name }) => name === lane)?.title}
      </th>
      <td className="py-1 pl-2 text-right">{count(atOnce)}</td>
      <td className="py-1 pl-2 text-right">
        {count(later)}
        <br />
        <span className="text-muted">after {laterS} s</span>
      </td>
      <td className={`py-1 pl-2 text-right font-semibold ${missing > 0 ? 'text-bad' : 'text-good'}`}>
        {count(missing)}
      </td>
      <td className={`py-1 pl-2 text-right ${twice > 0 ? 'text-bad' : ''}`}>{count(twice)}</td>
    </tr>
  );
}
