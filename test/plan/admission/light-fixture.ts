/** A small light table and requests on it, for the tests of admission. */

import type { LeaseRequest } from '../../../src/plan/admission/request.ts';
import type { LightTable } from '../../../src/plan/admission/lease-book.ts';
import type { TrafficClassName } from '../../../src/traffic/classes.ts';

/** Links with equally many wavelengths of one rate; slot s is the s-th wavelength of each link. */
export function lightOf(links: number, options: { readonly wavelengths: number; readonly rateGbps: number }): LightTable {
  const wavelengthCount = links * options.wavelengths;
  return {
    linkCount: links, wavelengthCount,
    linkWavelength: Int32Array.from({ length: links + 1 }, (_, link) => link * options.wavelengths),
    wavelengthLink: Int32Array.from({ length: wavelengthCount }, (_, row) => Math.floor(row / options.wavelengths)),
    wavelengthSlot: Int16Array.from({ length: wavelengthCount }, (_, row) => row % options.wavelengths),
    wavelengthRateGbps: new Float64Array(wavelengthCount).fill(options.rateGbps),
  };
}

/** A constant rate on one path over [start, end). */
export function rateRequest(id: string, trafficClass: TrafficClassName, links: readonly number[], rateGbps: number, window: readonly [number, number], change: Partial<LeaseRequest> = {}): LeaseRequest {
  return { id, tenant: 'blue', job: null, trafficClass, legs: [{ paths: [{ links }] }], amount: { kind: 'rate', rateGbps }, startNs: window[0], endNs: window[1], floorGbps: null, preemption: 'offer', ...change };
}
