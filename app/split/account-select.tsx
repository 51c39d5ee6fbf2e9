import type { AccountView } from '#api/contract.ts';
import { counted } from '#app/delivery/figures.ts';

type Props = { label: string; accounts: AccountView[]; value: string; change: (handle: string) => void };

/** One of the demo accounts, with how many follow it. */
export function AccountSelect({ label, accounts, value, change }: Props) {
  return (
    <label className="grid min-w-0 flex-1 basis-32 gap-1 text-sm font-medium">
      {label}
      <select
        value={value}
        onChange={(event) => change(event.target.value)}
        className="h-9 w-full min-w-0 rounded-lg border bg-surface px-2 font-normal"
      >
        {accounts.map(({ handle, name, followerCount }) => (
          <option key={handle} value={handle}>
            {name} · {counted(followerCount, 'follower')}
          </option>
        ))}
      </select>
    </label>
  );
}
