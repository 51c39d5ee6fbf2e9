/** What a client may listen to. Nothing comes on `user:notification`, because there are no notifications. */
const CHANNELS = ['user', 'user:notification', 'public', 'public:local'] as const;

export type Channel = (typeof CHANNELS)[number];

/** The channel of this name, or null. */
export const parseChannel = (name: string | undefined): Channel | null =>
  CHANNELS.find((channel) => channel === name) ?? null;

/** The names of all of them, in a sentence. */
export const CHANNEL_NAMES = CHANNELS.join(', ');
