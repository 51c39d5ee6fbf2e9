import { portraitOf } from '#core/accounts/portrait.ts';

type Props = { handle: string; size?: number; className?: string };

/** The face of a person. It is decoration only: the name stands beside it. */
export const Portrait = ({ handle, size = 40, className = '' }: Props) => (
  <svg
    viewBox="0 0 40 40"
    width={size}
    height={size}
    aria-hidden="true"
    className={`shrink-0 rounded-full ${className}`}
    // biome-ignore lint/security/noDangerouslySetInnerHtml: drawn from constants; the API sends the same shapes as a file
    dangerouslySetInnerHTML={{ __html: portraitOf(handle) }}
  />
);
