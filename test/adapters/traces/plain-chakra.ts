/** A dumb decoder of Chakra files for tests: every message to nested lists of fields, with big integers and no columns. */

export interface PlainField { readonly number: number; readonly varint: bigint | null; readonly bytes: Uint8Array }

function varint(bytes: Uint8Array): { readonly value: bigint; readonly rest: Uint8Array } {
  const end = bytes.findIndex((byte) => byte < 128);
  if (end < 0) throw new Error('cut off');
  let value = 0n;
  for (let at = end; at >= 0; at--) value = value * 128n + BigInt((bytes[at] ?? 0) % 128);
  return { value, rest: bytes.subarray(end + 1) };
}

function fields(message: Uint8Array): PlainField[] {
  const list: PlainField[] = [];
  let rest = message;
  while (rest.length > 0) {
    const key = varint(rest);
    rest = key.rest;
    const number = Number(key.value / 8n);
    const type = Number(key.value % 8n);
    if (type === 0) {
      const read = varint(rest);
      rest = read.rest;
      list.push({ number, varint: read.value, bytes: new Uint8Array(0) });
      continue;
    }
    let length = type === 1 ? 8 : 4;
    if (type === 2) {
      const read = varint(rest);
      rest = read.rest;
      length = Number(read.value);
    }
    list.push({ number, varint: null, bytes: rest.subarray(0, length) });
    rest = rest.subarray(length);
  }
  return list;
}

export interface PlainNode {
  readonly id: number;
  readonly type: number;
  readonly durationUs: number;
  readonly dataDeps: number;
  readonly controlDeps: number;
  readonly commBytes: number | null;
}

const one = (list: readonly PlainField[], number: number): number => Number(list.find((field) => field.number === number)?.varint ?? 0n);

function packedCount(list: readonly PlainField[], number: number): number {
  return list.filter((field) => field.number === number).reduce((sum, field) => sum + (field.varint === null ? field.bytes.filter((byte) => byte < 128).length : 1), 0);
}

/** The nodes of a file, by nothing but the wire format and the field numbers of et_def.proto. */
export function plainNodes(file: Uint8Array): PlainNode[] {
  const messages: Uint8Array[] = [];
  let rest = file;
  while (rest.length > 0) {
    const { value, rest: behind } = varint(rest);
    messages.push(behind.subarray(0, Number(value)));
    rest = behind.subarray(Number(value));
  }
  return messages.slice(1).map((message) => {
    const list = fields(message);
    const size = list.filter((field) => field.number === 10).map((field) => fields(field.bytes)).find((attribute) => new TextDecoder().decode(attribute[0]?.bytes) === 'comm_size');
    return {
      id: one(list, 1), type: one(list, 3), durationUs: one(list, 7), dataDeps: packedCount(list, 5), controlDeps: packedCount(list, 4),
      commBytes: size === undefined ? null : Number(size[1]?.varint ?? 0n),
    };
  });
}
