import { archiveFile, archiveZip } from '#worker/tasks/kinds/archive.ts';
import { refreshSuggestions } from '#worker/tasks/kinds/refresh-suggestions.ts';
import { suggestions } from '#worker/tasks/kinds/suggestions.ts';
import { trends } from '#worker/tasks/kinds/trends.ts';
import { tweet } from '#worker/tasks/kinds/tweet.ts';
import { type RegisteredKind, registered } from '#worker/tasks/task-kind.ts';

/** Every kind of task that workers run, by name. A new one is one file under kinds/ and one line here. */
export const KINDS: ReadonlyMap<string, RegisteredKind> = byName([
  registered(tweet),
  registered(trends),
  registered(suggestions),
  registered(refreshSuggestions),
  registered(archiveFile),
  registered(archiveZip),
]);

/** A registry of these kinds. */
export function byName(kinds: RegisteredKind[]): ReadonlyMap<string, RegisteredKind> {
  return new Map(kinds.map((kind) => [kind.name, kind]));
}
