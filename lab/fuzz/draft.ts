import fc, { type Arbitrary } from 'fast-check';
import type { Operation, Place } from './api-document.ts';
import { type Drawing, membersOf, named } from './from-schema.ts';

/** One value of a request and where it stands, written as it is sent there: percent-encoded, bare, or JSON. */
export type Field = { name: string; in: Place | 'body'; text: string };

/** A request that has not become bytes yet, so that one thing in it can be made wrong. */
export type Draft = { operation: Operation; fields: Field[] };

/** One request as it is sent, well-formed as HTTP. */
export type Request = { method: string; target: string; headers: [string, string][]; body: Buffer };

/** Draws a request for an operation. Optional parameters are left out now and then. */
export function draft(operation: Operation, drawing: Drawing): Arbitrary<Draft> {
  const parameters = operation.parameters.map(({ name, in: place, required, schema }) => {
    const field = named(name, schema, drawing).map((value) => fieldOf(place, name, value));
    return required
      ? field.map((each) => [each])
      : fc.oneof(
          field.map((each) => [each]),
          fc.constant([]),
        );
  });
  const body = operation.body ? membersOf(operation.body, drawing) : fc.constant({});
  return fc.tuple(fc.tuple(...parameters), body).map(([given, members]) => ({
    operation,
    fields: [
      ...given.flat(),
      ...Object.entries(members).map(([name, value]) => fieldOf('body', name, value)),
    ],
  }));
}

/** Writes a value as its place needs it. */
export function fieldOf(place: Field['in'], name: string, value: unknown): Field {
  return { name, in: place, text: place === 'body' ? JSON.stringify(value) : written(place, String(value)) };
}

function written(place: Place, text: string): string {
  if (place === 'header') return latin(text);
  return percentEncoded(Buffer.from(text));
}

/** Percent-encodes every byte but letters and digits. `encodeURIComponent` would throw at half a surrogate pair. */
export const percentEncoded = (bytes: Uint8Array): string =>
  [...bytes]
    .map((byte) => {
      const letter = String.fromCharCode(byte);
      return /[\w~.-]/.test(letter) ? letter : `%${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');

/** A header is sent as single bytes. A line break in it would begin another header. */
const latin = (text: string): string =>
  Buffer.from(text)
    .toString('latin1')
    .replace(/[\r\n\0]/g, ' ');

/** Turns a draft into a request. `headers` say who sends it. */
export function toRequest({ operation, fields }: Draft, headers: [string, string][] = []): Request {
  const of = (place: Field['in']) => fields.filter((field) => field.in === place);
  const query = of('query').map(({ name, text }) => `${name}=${text}`);
  const members = of('body').map(({ name, text }) => `${JSON.stringify(name)}:${text}`);
  return {
    method: operation.method,
    target: pathOf(operation.path, of('path')) + (query.length > 0 ? `?${query.join('&')}` : ''),
    headers: [...headers, ...of('header').map(({ name, text }): [string, string] => [name, text])],
    body: Buffer.from(operation.body ? `{${members.join(',')}}` : ''),
  };
}

const pathOf = (template: string, fields: Field[]): string =>
  fields.reduce((path, { name, text }) => path.replace(`{${name}}`, () => text), template);

/** The bytes of a request. Its headers are written with one byte for each letter. */
export function toBytes({ method, target, headers, body }: Request): Buffer {
  const length = headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name))
    ? []
    : [['Content-Length', String(body.length)]];
  const lines = [...headers, ...(body.length > 0 ? length : [])].map(([name, value]) => `${name}: ${value}`);
  const head = `${method} ${target} HTTP/1.1\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}
