/** Nothing comes on these: there are no notifications and no conversations. Tuba listens to both, and fails at a refusal. */
const SILENT = ['user:notification', 'direct'] as const;

/** What a client may listen to. */
const CHANNELS = ['user', 'public', 'public:local', ...SILENT] as const;

export type Channel = (typeof CHANNELS)[number];

export const isSilent = (channel: Channel): boolean => SILENT.some((silent) => silent === channel);

/** The channel of this name, or null. */
export const parseChannel = (name: string | undefined): Channel | null =>
  CHANNELS.find((channel) => channel === name) ?? null;

/** The names of all of them, in a sentence. */
export const CHANNEL_NAMES = CHANNELS.join(', ');
