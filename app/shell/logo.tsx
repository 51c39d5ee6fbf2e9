/** One point that becomes many. */
export function Logo() {
  return (
    <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" className="text-accent">
      <g fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round">
        <path d="M6 12h12M6 12C11 12 12 5 18 5M6 12c5 0 6 7 12 7" />
      </g>
      <g fill="currentColor">
        <circle cx="5" cy="12" r="3" />
        <circle cx="19" cy="5" r="2" />
        <circle cx="19" cy="12" r="2" />
        <circle cx="19" cy="19" r="2" />
      </g>
    </svg>
  );
}
