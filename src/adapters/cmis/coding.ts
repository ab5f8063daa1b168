/** How numbers are coded in the memory of modules: big-endian integers, powers in tenths of a microwatt, and the 16-bit floats of VDM. */

/** A page of 128 bytes, or the lower memory; bytes beyond its end read as absent. */
export type Page = Uint8Array;

export const pageBytes = 128;

/** The byte at an address from 0 to 127 of a page, or from 128 to 255 as the specification counts upper pages; `null` beyond what was read. */
export const byteAt = (page: Page, address: number): number | null => page[address % pageBytes] ?? null;

export function u16At(page: Page, address: number): number | null {
  const high = byteAt(page, address);
  const low = address % pageBytes === pageBytes - 1 ? null : byteAt(page, address + 1);
  return high === null || low === null ? null : high * 256 + low;
}

/** Two's complement. */
export const signed16 = (value: number): number => (value >= 0x8000 ? value - 0x10000 : value);

export function s16At(page: Page, address: number): number | null {
  const value = u16At(page, address);
  return value === null ? null : signed16(value);
}

/** VDM's F16: an 11-bit mantissa and a 5-bit decimal exponent, mantissa x 10^(exponent - 24) (OIF CMIS 5.x, VDM data types). */
export const f16 = (value: number): number => {
  const exponent = (value >> 11) - 24;
  // Dividing by a power of ten is exact to the last digit where multiplying by its inverse is not.
  return exponent < 0 ? (value & 0x7ff) / 10 ** -exponent : (value & 0x7ff) * 10 ** exponent;
};

/** Power in tenths of a microwatt as dBm; no light reads as the lowest step below the first, -40 dBm. */
export const powerDbm = (tenthsOfMicrowatts: number): number => (tenthsOfMicrowatts <= 0 ? darkDbm : 10 * Math.log10(tenthsOfMicrowatts / 1e4));

/** One register step, 0.1 uW: what a module that sees no light is taken to see. */
const darkDbm = -40;
