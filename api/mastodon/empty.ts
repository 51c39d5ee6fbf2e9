import { Hono } from 'hono';
import { anybody, bearer } from '#api/mastodon/bearer.ts';
import type { MastodonEnv } from '#api/mastodon/env.ts';

/**
 * What every client asks for and nobody has here. The answer says so by being empty: at a 404 some clients give up, and one
 * of them crashes. The scope is the one that reading them needs.
 */
const LISTS = {
  'read:notifications': ['/api/v1/notifications', '/api/v1/notifications/requests'],
  'read:lists': ['/api/v1/lists'],
  'read:filters': ['/api/v1/filters', '/api/v2/filters'],
  'read:mutes': ['/api/v1/mutes'],
  'read:blocks': ['/api/v1/blocks', '/api/v1/domain_blocks'],
  'read:statuses': ['/api/v1/conversations'],
  'read:favourites': ['/api/v1/favourites'],
  'read:bookmarks': ['/api/v1/bookmarks'],
  'read:follows': ['/api/v1/follow_requests', '/api/v1/followed_tags'],
  'read:accounts': ['/api/v1/endorsements', '/api/v1/featured_tags'],
};

/** What is empty without anybody’s doing. */
const PUBLIC_LISTS = [
  ...['/api/v1/custom_emojis', '/api/v1/announcements', '/api/v1/trends/statuses', '/api/v1/trends/links'],
  ...[
    '/api/v1/accounts/:id/lists',
    '/api/v1/accounts/:id/featured_tags',
    '/api/v1/accounts/:id/endorsements',
  ],
];

export const empty = new Hono<MastodonEnv>();

for (const [scope, paths] of Object.entries(LISTS))
  for (const path of paths) empty.get(path, bearer(scope), (c) => c.json([]));

for (const path of PUBLIC_LISTS) empty.get(path, anybody('read'), (c) => c.json([]));

/** Where somebody has read to is not kept: what a client sends is forgotten, and the answer says so. */
empty.on(['GET', 'POST'], '/api/v1/markers', bearer('read:statuses', 'write:statuses'), (c) => c.json({}));

empty.get('/api/v1/notifications/unread_count', bearer('read:notifications'), (c) => c.json({ count: 0 }));

empty.get('/api/v1/preferences', bearer('read:accounts'), (c) =>
  c.json({
    ...{ 'posting:default:visibility': 'public', 'posting:default:sensitive': false },
    ...{ 'posting:default:language': null, 'posting:default:quote_policy': 'nobody' },
    ...{
      'reading:expand:media': 'default',
      'reading:expand:spoilers': false,
      'reading:autoplay:gifs': false,
    },
  }),
);
