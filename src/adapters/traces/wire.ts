/**
 * Reads the protobuf wire format in place: varints and field keys from a byte range, nothing copied.
 *
 * A reader never throws and never reads past `end`: a fault sets `fault` and `faultAt` and every later read returns false.
 * Bounds: `pos < end <= bytes.length` is checked before each read of a byte.
 */

export type WireFault = 'truncated' | 'varint-too-long' | 'bad-wire-type';

export const wireFaultTexts: Readonly<Record<WireFault, string>> = {
  'truncated': 'The file ends in the middle of a field, or a length runs beyond its message',
  'varint-too-long': 'A number is longer than ten bytes',
  'bad-wire-type': 'A field has a wire type that protobuf does not have',
};

const twoTo32 = 2 ** 32;

export class WireReader {
  readonly bytes: Uint8Array;
  pos: number;
  end: number;
  fault: WireFault | null = null;
  faultAt = 0;
  /** The last varint: low and high 32 bits. */
  lo = 0;
  hi = 0;
  /** The last key. */
  field = 0;
  wireType = 0;
  /** Range of the last length-delimited value. */
  from = 0;
  to = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.pos = 0;
    this.end = bytes.length;
  }

  fail(fault: WireFault, at: number): false {
    this.fault ??= fault;
    this.faultAt = at;
    this.pos = this.end;
    return false;
  }

  varint(): boolean {
    const start = this.pos;
    let lo = 0;
    let hi = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.pos >= this.end) return this.fail('truncated', start);
      const byte = this.bytes[this.pos++]!;
      const bits = byte & 0x7f;
      if (shift < 28) lo |= bits << shift;
      else if (shift === 28) {
        lo |= bits << 28;
        hi |= bits >> 4;
      } else if (shift < 63) hi |= bits << (shift - 32);
      else hi |= (bits & 1) << 31;
      if (byte < 0x80) {
        this.lo = lo >>> 0;
        this.hi = hi >>> 0;
        return true;
      }
    }
    return this.fail('varint-too-long', start);
  }

  /** The last varint as an unsigned number; beyond 2^53 it is rounded. */
  get unsigned(): number {
    return this.hi * twoTo32 + this.lo;
  }

  /** The last varint as a two's complement 64-bit number, which is also how int32 is sent. */
  get signed(): number {
    return (this.hi | 0) * twoTo32 + this.lo;
  }

  /** The last varint as a zigzag number. */
  get zigzag(): number {
    const value = this.unsigned;
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** The next field key and, for everything but varints, the range of its value. False at the end or at a fault. */
  next(): boolean {
    if (this.pos >= this.end) return false;
    const start = this.pos;
    if (!this.varint()) return false;
    this.field = this.lo >>> 3 | (this.hi << 29);
    this.wireType = this.lo & 7;
    if (this.wireType === 0) return this.varint();
    let length = this.wireType === 1 ? 8 : this.wireType === 5 ? 4 : -1;
    if (this.wireType === 2) {
      if (!this.varint()) return false;
      length = this.unsigned;
    }
    if (length < 0) return this.fail('bad-wire-type', start);
    if (length > this.end - this.pos) return this.fail('truncated', start);
    this.from = this.pos;
    this.to = this.pos + length;
    this.pos = this.to;
    return true;
  }
}
