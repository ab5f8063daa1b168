/** A hash of everything the state holds, for the invariant that folding the log gives exactly the live state. */

import type { State } from './state.ts';

const prime = 0x01000193;

/** Two FNV-1a lanes over 32-bit words; the second starts elsewhere and sees the words turned, so that one lane's collision is not the other's. */
class Hash {
  #one = 0x811c9dc5;
  #two = 0x050c5d1f;

  words(words: Uint32Array): void {
    let one = this.#one;
    let two = this.#two;
    for (let at = 0; at < words.length; at++) {
      const word = words[at] ?? 0;
      one = Math.imul(one ^ word, prime);
      one ^= one >>> 15;
      two = Math.imul(two ^ ((word << 13) | (word >>> 19)), prime);
      two ^= two >>> 13;
    }
    this.#one = one;
    this.#two = two;
  }

  text(text: string): void {
    const codes = new Uint32Array(text.length);
    for (let at = 0; at < text.length; at++) codes[at] = text.charCodeAt(at);
    this.words(codes);
  }

  /** The bytes of a typed array, the last word filled up with zeros. */
  rows(rows: Uint8Array | Uint16Array | Int32Array | Float32Array | Float64Array): void {
    const whole = rows.byteLength >> 2;
    this.words(new Uint32Array(rows.buffer, rows.byteOffset, whole));
    const rest = new Uint8Array(rows.buffer, rows.byteOffset + 4 * whole, rows.byteLength - 4 * whole);
    if (rest.length > 0) this.words(Uint32Array.from(rest));
  }

  end(): string {
    return `${(this.#one >>> 0).toString(16).padStart(8, '0')}${(this.#two >>> 0).toString(16).padStart(8, '0')}`;
  }
}

/** JSON with keys, map keys and set members in order, so that equal states give equal texts however they came about. */
export function orderedJson(value: unknown): string {
  return JSON.stringify(value, (_key, held: unknown) => {
    if (held instanceof Map) return [...(held as Map<string | number, unknown>)].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    if (held instanceof Set) return [...(held as Set<string | number>)].sort();
    if (typeof held === 'number' && !Number.isFinite(held)) return String(held);
    if (typeof held !== 'object' || held === null || Array.isArray(held)) return held;
    return Object.fromEntries(Object.entries(held).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** 16 hexadecimal digits. The plant is in it by its fingerprint. */
export function digestOf(state: State): string {
  const { components, wavelengths, links } = state;
  const hash = new Hash();
  for (const rows of [
    components.health, components.caseC, components.lossDb, components.isDead, components.sinceNs, components.heardNs, components.flaps,
    wavelengths.rateGbps, wavelengths.physicsGbps, wavelengths.darkCauses, wavelengths.holder, wavelengths.tunedNm, links.marginDb, links.sharedGbps,
  ]) hash.rows(rows);
  const crossed = state.leasesOfLink.links().map((link) => [link, [...state.leasesOfLink.get(link) ?? []].sort()]);
  hash.text(orderedJson([
    state.plant.fingerprint, state.policy, state.n, state.nowNs, state.leases, state.leaseRows, state.freeLeaseRows, state.short, state.promised, state.expiring, crossed,
    state.jobs, state.interleavings, state.heldBackGbps, state.commands, state.openPlans, state.maintenance, state.measured, state.devices, state.circuits, state.observedCircuits, state.reconfigured,
  ]));
  return hash.end();
}
