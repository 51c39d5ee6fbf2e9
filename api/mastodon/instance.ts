import { Hono } from 'hono';
import type { MastodonEnv } from '#api/mastodon/env.ts';
import { notFound } from '#api/mastodon/errors.ts';
import { originOf } from '#api/mastodon/origin.ts';
import type { InstanceFigures } from '#core/clients/instance-figures.ts';
import { MAX_GRAPHEMES } from '#core/tweets/tweet-text.ts';
import application from '#package.json' with { type: 'json' };

/**
 * The version of Mastodon whose calls are answered, then our own. Clients look at the three numbers and ask for nothing
 * newer.
 */
const VERSION = `4.2.0 (compatible; tweet-fanout ${application.version})`;
const TITLE = 'tweet-fanout';
const DESCRIPTION = application.description;
const LANGUAGES = ['en'];

/** What a status may be. There are no media and no polls. */
const CONFIGURATION = {
  accounts: { max_featured_tags: 0, max_pinned_statuses: 0 },
  statuses: {
    max_characters: MAX_GRAPHEMES,
    max_media_attachments: 0,
    characters_reserved_per_url: 23, // what clients count: here a link has its own length
  },
  media_attachments: {
    ...{ supported_mime_types: [], description_limit: 0, image_size_limit: 0, image_matrix_limit: 0 },
    ...{ video_size_limit: 0, video_frame_rate_limit: 0, video_matrix_limit: 0 },
  },
  polls: { max_options: 0, max_characters_per_option: 0, min_expiration: 0, max_expiration: 0 },
  translation: { enabled: false },
};

/** The same server as a stream dials it. */
const streamingOf = (origin: string) => origin.replace(/^http/, 'ws');
const hostIn = (origin: string) => origin.replace(/^https?:\/\//, '');

const instanceV1 = (origin: string, figures: InstanceFigures) => ({
  uri: hostIn(origin),
  ...{ title: TITLE, short_description: DESCRIPTION, description: DESCRIPTION, email: '', version: VERSION },
  urls: { streaming_api: streamingOf(origin) },
  stats: { user_count: figures.users, status_count: figures.statuses, domain_count: 1 },
  thumbnail: `${origin}/icon.svg`,
  ...{ languages: LANGUAGES, registrations: false, approval_required: false, invites_enabled: false },
  configuration: CONFIGURATION,
  ...{ contact_account: null, rules: [] },
});

const instanceV2 = (origin: string, figures: InstanceFigures) => ({
  domain: hostIn(origin),
  ...{ title: TITLE, version: VERSION, source_url: origin, description: DESCRIPTION },
  usage: { users: { active_month: figures.activeMonth } },
  thumbnail: { url: `${origin}/icon.svg`, blurhash: null, versions: {} },
  icon: [{ src: `${origin}/icon.svg`, size: '32x32' }],
  languages: LANGUAGES,
  configuration: {
    ...CONFIGURATION,
    urls: { streaming: streamingOf(origin), status: null, about: `${origin}/`, privacy_policy: null },
    vapid: { public_key: '' },
  },
  registrations: { enabled: false, approval_required: false, message: null, url: null },
  api_versions: { mastodon: 1 },
  contact: { email: '', account: null },
  rules: [],
});

/** `metadata.upstream` says whose API it is: clients choose their code by that. */
const nodeinfo = (version: string, figures: InstanceFigures) => ({
  version,
  software: { name: TITLE, version: application.version },
  protocols: [], // of servers among each other: this one is alone
  services: { inbound: [], outbound: [] },
  openRegistrations: false,
  usage: {
    users: { total: figures.users, activeMonth: figures.activeMonth, activeHalfyear: figures.activeHalfyear },
    localPosts: figures.statuses,
  },
  metadata: {
    nodeName: TITLE,
    nodeDescription: DESCRIPTION,
    upstream: { name: 'mastodon', version: '4.2.0' },
  },
});

const SCHEMA = 'http://nodeinfo.diaspora.software/ns/schema';
const NODEINFO_VERSIONS = ['2.0', '2.1'];

/** What clients want to know of a server before anybody signs in. */
export const instance = new Hono<MastodonEnv>()
  .get('/api/v1/instance', async (c) =>
    c.json(instanceV1(originOf(c), await c.env.web.clients.instanceFigures.read())),
  )
  .get('/api/v2/instance', async (c) =>
    c.json(instanceV2(originOf(c), await c.env.web.clients.instanceFigures.read())),
  )
  .get('/.well-known/nodeinfo', (c) => {
    const links = NODEINFO_VERSIONS.map((version) => ({
      rel: `${SCHEMA}/${version}`,
      href: `${originOf(c)}/nodeinfo/${version}`,
    }));
    return c.json({ links });
  })
  .get('/nodeinfo/:version', async (c) => {
    const { version } = c.req.param();
    if (!NODEINFO_VERSIONS.includes(version)) throw notFound('Expected nodeinfo 2.0 or 2.1');
    return c.json(nodeinfo(version, await c.env.web.clients.instanceFigures.read()));
  });
