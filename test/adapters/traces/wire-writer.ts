/** Writes small Chakra files, tar archives and profiler documents for tests, so that each can be broken in one place. */

import { gzipSync } from 'node:zlib';

export function varint(value: number | bigint): number[] {
  let left = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    bytes.push(Number(left & 127n) | (left > 127n ? 128 : 0));
    left >>= 7n;
  } while (left > 0n);
  return bytes;
}

const utf8 = (text: string): number[] => [...new TextEncoder().encode(text)];
export const delimited = (bytes: readonly number[]): number[] => [...varint(bytes.length), ...bytes];
const field = (number: number, type: number): number[] => varint(number * 8 + type);

export interface WrittenNode {
  readonly id: number | bigint;
  readonly type?: number;
  readonly after?: readonly number[];
  readonly control?: readonly number[];
  /** Write dependencies one by one, not packed. */
  readonly unpacked?: boolean;
  readonly durationUs?: number;
  /** Attribute name, field number of its type, value. */
  readonly attributes?: readonly (readonly [name: string, type: number, value: number | bigint | string])[];
}

export function writeNode(node: WrittenNode): number[] {
  const list = (number: number, ids: readonly number[]): number[] => (ids.length === 0 ? [] : node.unpacked === true
    ? ids.flatMap((id) => [...field(number, 0), ...varint(id)]) : [...field(number, 2), ...delimited(ids.flatMap((id) => varint(id)))]);
  return [
    ...field(1, 0), ...varint(node.id), ...field(2, 2), ...delimited(utf8(`node ${node.id}`)), ...field(3, 0), ...varint(node.type ?? 4),
    ...list(4, node.control ?? []), ...list(5, node.after ?? []), ...field(7, 0), ...varint(node.durationUs ?? 1),
    ...(node.attributes ?? []).flatMap(([name, type, value]) => [
      ...field(10, 2), ...delimited([...field(1, 2), ...delimited(utf8(name)), ...(typeof value === 'string' ? [...field(type, 2), ...delimited(utf8(value))] : [...field(type, 0), ...varint(value)])]),
    ]),
  ];
}

export const writeChakra = (nodes: readonly WrittenNode[]): Uint8Array =>
  Uint8Array.from([...delimited([...field(1, 2), ...delimited(utf8('0.0.4'))]), ...nodes.flatMap((node) => delimited(writeNode(node)))]);

/** POSIX ustar with one block of header per member. */
export function writeTar(members: readonly { readonly name: string; readonly bytes: Uint8Array; readonly statedSize?: number }[]): Uint8Array {
  const blocks = members.flatMap(({ name, bytes, statedSize }) => {
    const header = new Uint8Array(512);
    header.set(utf8(name), 0);
    header.set(utf8((statedSize ?? bytes.length).toString(8).padStart(11, '0')), 124);
    header.set([0x30], 156);
    header.set(utf8('ustar'), 257);
    const body = new Uint8Array(Math.ceil(bytes.length / 512) * 512);
    body.set(bytes);
    return [...header, ...body];
  });
  return Uint8Array.from([...blocks, ...new Uint8Array(1024)]);
}

export const gzipJson = (document: unknown): Uint8Array => gzipSync(JSON.stringify(document));
