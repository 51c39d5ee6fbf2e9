import { join } from 'node:path';
import { z } from 'zod';
import { ROOT } from '#dev/paths.ts';
import { PublishedTypes } from './published-types.ts';
import type { Answer } from './recorder.ts';

const text = z.string();
const empty = z.strictObject({});

/** megalodon's types, but for what they say otherwise than the API's documentation does. */
const types = new PublishedTypes(join(ROOT, 'node_modules/megalodon/lib/src/mastodon/entities'), {
  'History.uses': text, // a number as a text
  'History.accounts': text,
  'Relationship.languages': z.array(text).nullable(), // null: all
  'Instance.configuration.media_attachments.video_frame_limit': z.undefined().optional(), // its name is video_frame_rate_limit
  'Instance.contact_account': z.looseObject({ id: text }).nullable(),
});
const [account, status] = [types.of('Account'), types.of('Status')];

/** megalodon knows none of these as an answer of their own. */
const client = z.looseObject({
  id: text,
  name: text,
  client_id: text,
  client_secret: text,
  redirect_uri: text,
});
const instanceV2 = z.looseObject({
  ...{ domain: text, title: text, version: text, source_url: z.url(), description: text },
  configuration: z.looseObject({ urls: z.looseObject({ streaming: z.url() }) }),
  registrations: z.looseObject({ enabled: z.boolean() }),
});
const nodeinfoLinks = z.object({ links: z.array(z.object({ rel: z.url(), href: z.url() })) });
const nodeinfo = z.looseObject({ version: text, software: z.object({ name: text, version: text }) });

/** What a path answers when it succeeds. */
const EXPECTED: [call: RegExp, z.ZodType][] = [
  [/^POST \/api\/v1\/apps$/, client],
  [/^POST \/oauth\/token$/, types.of('Token')],
  [/^POST \/oauth\/revoke$/, empty],
  [/^GET \/api\/v1\/instance$/, types.of('Instance')],
  [/^GET \/api\/v2\/instance$/, instanceV2],
  [/^GET \/\.well-known\/nodeinfo$/, nodeinfoLinks],
  [/^GET \/nodeinfo\/2\.[01]$/, nodeinfo],
  [/^GET \/api\/v1\/accounts\/(verify_credentials|lookup|\d+)$/, account],
  [/^GET \/api\/v1\/accounts\/(search|\d+\/followers|\d+\/following)$/, z.array(account)],
  [/^GET \/api\/v1\/(timelines\/(home|public)|accounts\/\d+\/statuses)$/, z.array(status)],
  [/^GET \/api\/v1\/accounts\/relationships$/, z.array(types.of('Relationship'))],
  [/^POST \/api\/v1\/accounts\/\d+\/(un)?follow$/, types.of('Relationship')],
  [/^POST \/api\/v1\/statuses$/, z.union([types.of('ScheduledStatus'), status])],
  [/^(GET|DELETE) \/api\/v1\/statuses\/\d+$/, status],
  [/^GET \/api\/v1\/scheduled_statuses$/, z.array(types.of('ScheduledStatus'))],
  [/^GET \/api\/v1\/scheduled_statuses\/\d+$/, types.of('ScheduledStatus')],
  [/^DELETE \/api\/v1\/scheduled_statuses\/\d+$/, empty],
  [/^GET \/api\/v2\/search$/, types.of('Results')],
  [/^GET \/api\/v1\/trends(\/tags)?$/, z.array(types.of('Tag'))],
];

const refusal = z.object({ error: text, error_description: text.optional() });

/** What is wrong with these answers by a client's own types. An answer that is not known here is wrong as well. */
export const wrongAnswers = (answers: Answer[]): string[] =>
  answers.flatMap((answer) => {
    const call = `${answer.method} ${answer.path.replace(/\/?(\?.*)?$/, '')}`;
    if (/^(GET|POST) \/(oauth\/authorize|api\/v1\/streaming)/.test(call)) return []; // a page, and a stream
    const schema = answer.status < 400 ? EXPECTED.find(([known]) => known.test(call))?.[1] : refusal;
    if (!schema) return [`${call}: expected a call whose answer is known here`];
    if (answer.json === null) return [`${call}: expected JSON, status ${answer.status}`];
    const found = schema.safeParse(JSON.parse(answer.json));
    return found.success ? [] : [`${call} ${answer.status}: ${z.prettifyError(found.error)}`];
  });
