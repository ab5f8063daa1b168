/** Typed arrays that grow by doubling, for builders that do not know their size beforehand. */

type Numbers = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Int16Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** A list of numbers backed by one typed array. */
export interface Growing<T extends Numbers> {
  readonly length: number;
  push(value: number): void;
  /** The value at a row below `length`. */
  at(row: number): number;
  set(row: number, value: number): void;
  /** A copy that holds exactly the rows pushed. */
  finish(): T;
}

/** `make` gives an empty array of the wanted length, e.g. `(n) => new Int32Array(n)`. */
export function createGrowing<T extends Numbers>(make: (length: number) => T): Growing<T> {
  let data = make(1024);
  let length = 0;
  return {
    get length() {
      return length;
    },
    push(value) {
      if (length === data.length) {
        const larger = make(length * 2);
        larger.set(data);
        data = larger;
      }
      data[length++] = value;
    },
    at: (row) => data[row] ?? 0,
    set: (row, value) => void (data[row] = value),
    finish() {
      const exact = make(length);
      exact.set(data.subarray(0, length));
      return exact;
    },
  };
}

export const growingBytes = (): Growing<Uint8Array<ArrayBuffer>> => createGrowing((n) => new Uint8Array(n));
export const growingInts = (): Growing<Int32Array<ArrayBuffer>> => createGrowing((n) => new Int32Array(n));
export const growingFloats = (): Growing<Float64Array<ArrayBuffer>> => createGrowing((n) => new Float64Array(n));
