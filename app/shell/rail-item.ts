/** How every entry of the rail looks. On phones the icon stands above its word. */
export const RAIL_ITEM =
  'flex min-h-12 flex-col items-center justify-center gap-0.5 rounded-lg px-0.5 text-[0.65rem] text-muted hover:bg-ink/5 hover:text-ink aria-[current=page]:text-ink md:min-h-9 md:flex-row md:justify-start md:gap-3 md:px-3 md:text-sm md:aria-[current=page]:bg-ink/5 md:aria-[current=page]:font-medium';
