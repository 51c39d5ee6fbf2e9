const nameFor = (handle: string) => `draft:${handle}`;

/** What this account had begun to write in this browser. */
export const readDraft = (handle: string): string => localStorage.getItem(nameFor(handle)) ?? '';

/** Keeps the draft; an empty one is forgotten. */
export function writeDraft(handle: string, text: string): void {
  if (text === '') localStorage.removeItem(nameFor(handle));
  else localStorage.setItem(nameFor(handle), text);
}

/** Calls `changed` when another tab writes on, posts or empties the draft; returns how to stop. */
export function watchDraft(handle: string, changed: (text: string) => void): () => void {
  const hear = ({ key, newValue }: StorageEvent) => {
    if (key === nameFor(handle)) changed(newValue ?? '');
  };
  window.addEventListener('storage', hear);
  return () => window.removeEventListener('storage', hear);
}
