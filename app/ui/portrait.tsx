type Props = { handle: string; size?: number; className?: string };

/**
 * The face of a person, drawn from the handle by the server, and kept by the browser for a year. It is decoration only: the
 * name stands beside it. A row that is higher does not stretch it (`h-fit`).
 */
export const Portrait = ({ handle, size = 40, className = '' }: Props) => (
  // biome-ignore lint/performance/noImgElement: half a kilobyte of SVG; next/image would load a script for it
  <img
    src={`/portraits/${handle}`}
    alt=""
    width={size}
    height={size}
    className={`h-fit shrink-0 rounded-full ${className}`}
  />
);
