/** The name that a client of others gave itself: any text, in any direction. */
export const Via = ({ app }: { app: string }) => (
  <p className="mt-1 break-words text-muted text-xs">
    via <bdi>{app}</bdi>
  </p>
);
