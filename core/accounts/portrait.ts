const SKINS = ['#f2c9a5', '#e3a97f', '#c98559', '#9a5f3b', '#6e4229', '#f6d7bd'];
const HAIRS = ['#2a2320', '#5a3a24', '#8c5a2b', '#c9a15a', '#3b3f58', '#7a2f2f', '#b9b5ad'];
const GROUNDS = ['#d9d5f7', '#cfe6f5', '#d3ecd9', '#f6e3bf', '#f5d3cf', '#e2dcd2', '#cdeae6', '#ecd3ea'];
const CLOTHES = ['#4a3fc4', '#176b41', '#a2442f', '#2f5d7c', '#8a5a00', '#6a3d77', '#3c4048'];

/**
 * A face drawn from the handle, always the same for the same person: the inside of an SVG of 40 × 40. Nothing of the
 * handle itself is in it.
 */
export function portraitOf(handle: string): string {
  const draw = drawer(handle);
  const ground = draw.from(GROUNDS);
  const skin = draw.from(SKINS);
  const hair = draw.from(HAIRS);
  const clothes = draw.from(CLOTHES);
  const style = draw.below(HAIR_STYLES.length);
  const glasses = draw.below(4) === 0;
  const smile = draw.below(3);
  const tilt = draw.below(9) - 4;
  return [
    `<rect width="40" height="40" fill="${ground}"/>`,
    `<path d="M5 42c0-8 6.5-12 15-12s15 4 15 12Z" fill="${clothes}"/>`,
    `<g transform="rotate(${tilt} 20 24)">`,
    style === 2 ? `<path d="M9.5 17c0-7 4.5-11 10.5-11s10.5 4 10.5 11v13h-21Z" fill="${hair}"/>` : '',
    `<rect x="16.5" y="24" width="7" height="9" rx="3.5" fill="${skin}"/>`,
    '<path d="M16.5 29.5c2 1.3 5 1.3 7 0v-1.5h-7Z" fill="#000" opacity="0.1"/>',
    `<ellipse cx="20" cy="19.5" rx="8" ry="9.2" fill="${skin}"/>`,
    `<path d="${HAIR_STYLES[style]}" fill="${hair}"/>`,
    '<circle cx="16.8" cy="19.8" r="1.05" fill="#1d1a1a"/>',
    '<circle cx="23.2" cy="19.8" r="1.05" fill="#1d1a1a"/>',
    `<path d="${MOUTHS[smile]}" fill="none" stroke="#5d2a22" stroke-width="1.1" stroke-linecap="round"/>`,
    glasses ? GLASSES : '',
    '</g>',
  ].join('');
}

/** The ground of the same portrait, as a colour. */
export const groundOf = (handle: string): string => drawer(handle).from(GROUNDS);

const GLASSES = `<g fill="none" stroke="#1d1a1a" stroke-width="0.9"><circle cx="16.6" cy="19.8" r="2.7"/><circle cx="23.4" cy="19.8" r="2.7"/><path d="M19.3 19.6h1.4"/></g>`;

const HAIR_STYLES = [
  'M11.6 19c-1-7.5 3-12 8.6-12 5.4 0 9.2 4.3 8.2 12-1.2-3.8-2.6-5.4-4.4-6.2-3.6 1.5-8.3 1.3-10 .8-1.2 1.4-1.9 3-2.4 5.4Z',
  'M11.7 18.5c-.8-6.5 2.7-11 8.3-11s9.1 4.5 8.3 11c-.9-4.3-2.8-6.3-4.3-6.8-2.6 1.2-5.4 1.2-8 0-1.5.5-3.4 2.5-4.3 6.8Z',
  'M11.4 20c-.8-8 3-12.5 8.6-12.5s9.4 4.5 8.6 12.5c-.6-3.6-4.2-7-7-8.3-2.2 2.6-7 4.2-10.2 8.3Z',
  'M12 15.5c-1.2-.5-2.2-3.6.2-5.3.2-3 3.3-4.2 5.2-3.5 1.7-1.9 5.6-1.5 6.6.4 2.4-.2 4.6 1.9 4.1 4.3 1.4 1.5.9 3.7-.1 4.3-1.2-2.6-4-4.2-8-4.2s-6.8 1.4-8 4Z',
  'M11.8 17.5c-.6-6 3-10 8.2-10s8.8 4 8.2 10c-.8-2.6-1.8-4-3.2-4.8l-10.6.3c-1.2.9-2 2.3-2.6 4.5ZM24 8.5c.4-3 4.2-3.4 5.2-1.2s-.7 4.2-3 3.7Z',
  'M12.3 15c.7-4.3 3.6-6.8 7.7-6.8s7 2.5 7.7 6.8c-1.6-2.3-4.2-3.6-7.7-3.6s-6.1 1.3-7.7 3.6Z',
];

const MOUTHS = [
  'M17.4 24.3c1.5 1.5 3.7 1.5 5.2 0',
  'M17.8 24.6c1.3.8 3.1.8 4.4 0',
  'M17.6 24.2c1 1 3.5 1.3 4.9-.4',
];

/** Draws numbers from a small generator. FNV-1a seeds it, which spreads short and similar handles well. */
function drawer(handle: string) {
  let state = 0x811c9dc5;
  for (const char of handle) state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 0x01000193);
  const below = (limit: number): number => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5;
    state ^= state >>> 12;
    return (state >>> 0) % limit;
  };
  return { below, from: (list: readonly string[]): string => list[below(list.length)] ?? '' };
}
