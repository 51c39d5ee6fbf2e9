/** How much of a bound is taken, as a bar. The figure stands beside it. */
export function Gauge({ share, isBad }: { share: number; isBad: boolean }) {
  return (
    <span aria-hidden="true" className="block h-2 overflow-hidden rounded-full bg-ink/10">
      <span
        className={`block h-full origin-left group-data-[stale=true]:bg-muted ${isBad ? 'bg-bad' : 'bg-accent'}`}
        style={{ transform: `scaleX(${Math.min(1, share)})` }}
      />
    </span>
  );
}
