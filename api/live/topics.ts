import { invalidField } from '#api/problem.ts';
import { tweetId } from '#api/schemas/requests.ts';
import { heldAccount, type Session, type SessionAccount } from '#api/session.ts';

/** What one stream carries. */
export type Topic =
  | { kind: 'posts'; account: SessionAccount }
  | { kind: 'home'; account: SessionAccount }
  | { kind: 'tasks'; account: SessionAccount }
  | { kind: 'all-tasks'; account: SessionAccount }
  | { kind: 'schedules' }
  | { kind: 'delivery'; tweetId: number }
  | { kind: 'status' }
  | { kind: 'console'; account: SessionAccount | null }
  | { kind: 'lab' }
  | { kind: 'stage' }
  | { kind: 'invariants' }
  | { kind: 'race' };

const MAX_TOPICS = 20;

/** Parses `topics=posts:ada,home:ada,delivery:42,status`; accounts must be held by the session. */
export function parseTopics(text: string | null, session: Session): Topic[] {
  const names = [...new Set((text ?? '').split(',').filter(Boolean))];
  if (names.length === 0 || names.length > MAX_TOPICS)
    throw invalidField('topics', `Expected 1 to ${MAX_TOPICS} topics, got ${names.length}`);
  return names.map((name) => parseTopic(name, session));
}

function parseTopic(name: string, session: Session): Topic {
  const [kind, argument = ''] = name.split(':', 2);
  switch (kind) {
    case 'status':
    case 'lab':
    case 'stage':
    case 'invariants':
    case 'race':
    case 'schedules':
      return { kind };
    case 'console':
      return { kind, account: argument === '' ? null : heldAccount(session, argument) };
    case 'posts':
    case 'home':
    case 'tasks':
    case 'all-tasks':
      return { kind, account: heldAccount(session, argument) };
    case 'delivery': {
      const id = tweetId.safeParse(argument);
      if (id.success) return { kind, tweetId: id.data };
    }
  }
  throw invalidField(
    'topics',
    `Expected posts:{handle}, home:{handle}, tasks:{handle}, all-tasks:{handle}, schedules, delivery:{id}, status, console, console:{handle}, lab, stage, invariants or race, got ${name}`,
  );
}
