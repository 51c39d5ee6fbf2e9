import { headerPath, portraitPath } from '#api/endpoints/portraits.ts';
import type { Person } from '#core/accounts/people.ts';
import type { Relation } from '#core/followers/people-around.ts';
import type { Task } from '#core/tasks/task.ts';
import type { TagTrend } from '#core/trends/tag-trends.ts';
import { tagsOf } from '#core/trends/terms.ts';
import { tweetTaskData } from '#core/tweets/schedule-tweet.ts';
import type { Tweet } from '#core/tweets/tweet.ts';

/**
 * The one place where our things become those of the Mastodon client API. Clients read fields without looking whether they
 * are there, so every field of an entity is, and says nothing where we have nothing. Ids are strings. `origin` is the
 * address by which the client knows this server, such as `http://localhost:3000`.
 */

export type Account = ReturnType<typeof toAccount>;
export type Status = ReturnType<typeof toStatus>;

/** A person. */
export function toAccount(person: Person, origin: string) {
  const { handle, name, bio, createdAt, lastTweetAt } = person;
  const url = `${origin}/u/${handle}`;
  const avatar = origin + portraitPath(handle);
  const header = origin + headerPath(handle);
  return {
    id: String(person.id),
    ...{ username: handle, acct: handle, display_name: name, url, uri: url, note: toHtml(bio) },
    ...{ avatar, avatar_static: avatar, header, header_static: header },
    ...{ locked: false, bot: false, group: false, discoverable: true, indexable: true, noindex: false },
    fields: [],
    emojis: [],
    created_at: createdAt.toISOString(),
    followers_count: person.followerCount,
    following_count: person.followingCount,
    statuses_count: person.tweetCount,
    last_status_at: lastTweetAt?.toISOString().slice(0, 'yyyy-mm-dd'.length) ?? null,
  };
}

/** The person who asks, with what only they are told. */
export const toOwnAccount = (person: Person, origin: string) => ({
  ...toAccount(person, origin),
  source: {
    ...{ privacy: 'public', sensitive: false, language: null, note: person.bio, fields: [] },
    follow_requests_count: 0,
  },
  role: { id: '-99', name: '', color: '', permissions: '0', highlighted: false },
});

/** A tweet. It has no key `scheduled_at`, from which `toot` would take it for one that waits. */
export function toStatus(tweet: Tweet, author: Account, origin: string) {
  const url = tweetUrl(tweet.id, origin);
  return {
    id: String(tweet.id),
    ...{ uri: url, url, created_at: tweet.createdAt, account: author, content: toHtml(tweet.text) },
    ...{ visibility: 'public', sensitive: false, spoiler_text: '', language: null },
    application: tweet.app ? { ...tweet.app } : null,
    tags: tweet.text.includes('#') ? tagsOf(tweet.text).map((tag) => toTagInText(tag, origin)) : [],
    ...{ media_attachments: [], mentions: [], emojis: [], filtered: [] },
    ...{ reblogs_count: 0, favourites_count: 0, replies_count: 0 },
    ...{ in_reply_to_id: null, in_reply_to_account_id: null, reblog: null, poll: null, card: null },
    ...{
      edited_at: null,
      favourited: false,
      reblogged: false,
      muted: false,
      bookmarked: false,
      pinned: false,
    },
  };
}

/** How the asking account stands to somebody. */
export const toRelationship = ({ id, follows, followedBy }: Relation) => ({
  id: String(id),
  ...{ following: follows, showing_reblogs: follows, notifying: false, languages: null },
  followed_by: followedBy,
  ...{ blocking: false, blocked_by: false, muting: false, muting_notifications: false },
  ...{ requested: false, requested_by: false, domain_blocking: false, endorsed: false, note: '' },
});

/** A tweet that waits for its time. */
export function toScheduledStatus(task: Pick<Task, 'id' | 'dueAt'> & { data?: unknown }) {
  const { text } = tweetTaskData.parse(task.data);
  return {
    id: String(task.id),
    scheduled_at: task.dueAt,
    params: {
      ...{
        text,
        visibility: 'public',
        scheduled_at: null,
        in_reply_to_id: null,
        poll: null,
        media_ids: null,
      },
      ...{ sensitive: false, spoiler_text: null, language: null, idempotency: null, application_id: 0 },
      with_rate_limit: false,
    },
    media_attachments: [],
  };
}

/** A tag; where that is known, in how many tweets of the last hours it stands, and how many people wrote them. */
export const toTag = (tag: string, origin: string, trend?: TagTrend) => ({
  id: tag,
  name: tag,
  url: tagUrl(tag, origin),
  history: trend ? [toHistory(trend)] : [],
  following: false,
});

const toHistory = ({ tweets, authors, countedAt }: TagTrend) => ({
  day: String(startOf(countedAt)),
  uses: String(tweets),
  accounts: String(authors),
});

const toTagInText = (tag: string, origin: string) => ({ name: tag, url: tagUrl(tag, origin) });

/** The beginning of a day, in seconds since 1970. */
const startOf = (day: Date) => Math.floor(day.getTime() / 86_400_000) * 86_400;

/** The page of a tweet. */
export const tweetUrl = (id: number, origin: string): string => `${origin}/t/${id}/delivery`;

const tagUrl = (tag: string, origin: string) => `${origin}/explore#${encodeURIComponent(tag)}`;

const ESCAPED: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A text as HTML: whatever looks like HTML in it is shown and does nothing. Nobody's `<br />` comes from an author. */
export function toHtml(text: string): string {
  if (text === '') return '';
  const escaped = text.replace(/[&<>"']/g, (character) => ESCAPED[character] ?? character);
  return `<p>${escaped.replace(/\r\n?|\n/g, '<br />')}</p>`;
}
