/** Leaves of the served data trees and how their values are written: JSON_IETF as RFC 7951 asks, plain JSON, or typed scalars. */

import type { MessageInitShape } from '@bufbuild/protobuf';
import type { TypedValueSchema } from './generated/gnmi_pb.js';
import { Encoding } from './generated/gnmi_pb.js';
import type { Elem } from './path.ts';

/** A YANG type as far as its JSON form needs it. */
export type LeafType =
  | { readonly kind: 'string' | 'boolean' | 'identityref' | 'enumeration' | 'uint64' | 'uint32' | 'uint16' }
  | { readonly kind: 'decimal64'; readonly digits: number };

/** `null`: the leaf is absent now. */
export type LeafValue = string | number | boolean | null;

/** An element of a leaf's path, with the module that defines it ('' where the tree has no YANG) and its keys as JSON values. */
export interface LeafElem extends Elem {
  readonly module: string;
  readonly keyJson?: Readonly<Record<string, string | number>>;
}

export interface Leaf {
  /** Below the entity that holds it. */
  readonly elems: readonly LeafElem[];
  readonly type: LeafType;
  readonly isConfig: boolean;
  /** What a subscription gets that leaves the mode to the target: changes, or samples of what never stands still. */
  readonly isSampled: boolean;
  read(): LeafValue;
}

/** One keyed part of a target's tree, such as a component: the unit of a notification. */
export interface Entity {
  readonly target: string;
  readonly origin: 'openconfig' | 'sonic-db';
  readonly elems: readonly LeafElem[];
  /** Named only by paths that lead into it: a table too large to be sent unasked. */
  readonly isAside: boolean;
  /** The same array as long as no leaf comes or goes. */
  leaves(): readonly Leaf[];
}

/** The value as text of a fixed form, equal when the value has not changed at its own resolution. */
export function lexical(type: LeafType, value: Exclude<LeafValue, null>): string {
  if (type.kind === 'decimal64') return Number(value).toFixed(type.digits);
  // Text of a 64-bit number stays as it is: a double cannot hold a time in nanoseconds.
  return type.kind === 'uint64' && typeof value === 'number' ? String(Math.round(value)) : String(value);
}

/** RFC 7951: 64-bit integers and decimals are strings. */
export function jsonIetf(type: LeafType, value: Exclude<LeafValue, null>): string | number | boolean {
  return type.kind === 'boolean' || type.kind === 'uint32' || type.kind === 'uint16' ? value : lexical(type, value);
}

const plainJson = (type: LeafType, value: Exclude<LeafValue, null>): string | number | boolean => {
  if (type.kind === 'decimal64' || type.kind === 'uint64') return Number(lexical(type, value));
  return type.kind === 'identityref' ? String(value).slice(String(value).indexOf(':') + 1) : value;
};

export type ServedEncoding = Encoding.JSON | Encoding.JSON_IETF | Encoding.PROTO;

export const servedEncodings: readonly ServedEncoding[] = [Encoding.JSON_IETF, Encoding.JSON, Encoding.PROTO];

export const jsonOf = (encoding: ServedEncoding, type: LeafType, value: Exclude<LeafValue, null>): string | number | boolean =>
  (encoding === Encoding.JSON ? plainJson(type, value) : jsonIetf(type, value));

const text = new TextEncoder();

export type TypedInit = MessageInitShape<typeof TypedValueSchema>;

/** A JSON document as a value in the encoding asked for. */
export const jsonValue = (encoding: ServedEncoding, json: unknown): TypedInit => ({
  value: encoding === Encoding.JSON ? { case: 'jsonVal', value: text.encode(JSON.stringify(json)) } : { case: 'jsonIetfVal', value: text.encode(JSON.stringify(json)) },
});

/** One leaf's value as gNMI carries it. */
export function leafValue(encoding: ServedEncoding, type: LeafType, value: Exclude<LeafValue, null>): TypedInit {
  if (encoding !== Encoding.PROTO) return jsonValue(encoding, jsonOf(encoding, type, value));
  switch (type.kind) {
    case 'boolean': return { value: { case: 'boolVal', value: value === true } };
    case 'uint16':
    case 'uint32':
    case 'uint64': return { value: { case: 'uintVal', value: BigInt(lexical(type, value)) } };
    case 'decimal64': return { value: { case: 'doubleVal', value: Number(lexical(type, value)) } };
    default: return { value: { case: 'stringVal', value: String(value) } };
  }
}
