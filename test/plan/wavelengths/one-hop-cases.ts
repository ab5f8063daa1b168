/** One-hop fabrics and demands for the tests, and the checker and the exhaustive twin that judge the allocator. */

import assert from 'node:assert/strict';
import type { Grant, Plan } from '../../../src/plan/plan.ts';
import type { OneHop, WavelengthRequest, WavelengthTable } from '../../../src/plan/wavelengths/one-hop.ts';
import { createOneHop } from '../../../src/plan/wavelengths/one-hop.ts';
import { trafficClasses } from '../../../src/traffic/classes.ts';

/** Links 0 .. ports-1 enter the device, the rest leave it; each has `wavelengths` slots of 100 Gb/s, row = link x wavelengths + slot. */
export function tableOf(links: number, wavelengths: number): WavelengthTable {
  const rows = links * wavelengths;
  return {
    linkWavelength: Int32Array.from({ length: links + 1 }, (_, link) => link * wavelengths), wavelengthLink: Int32Array.from({ length: rows }, (_, row) => Math.floor(row / wavelengths)),
    wavelengthSlot: Int16Array.from({ length: rows }, (_, row) => row % wavelengths), wavelengthRateGbps: new Float64Array(rows).fill(100),
  };
}

const range = (first: number, count: number): readonly number[] => Array.from({ length: count }, (_, at) => first + at);

/** `dead` holds fabric rows that carry nothing. */
export function oneHopOf(size: { readonly ports: number; readonly wavelengths: number; readonly dead?: readonly number[] }): OneHop {
  const table = tableOf(2 * size.ports, size.wavelengths);
  for (const row of size.dead ?? []) table.wavelengthRateGbps[row] = 0;
  return createOneHop(table, { aLinks: range(0, size.ports), bLinks: range(size.ports, size.ports), classes: trafficClasses });
}

export const requestOf = (id: string, aPort: number, bPort: number, more: Partial<WavelengthRequest> = {}): WavelengthRequest => ({
  id, tenant: 'tenant', job: null, trafficClass: 'allReduce', startNs: 0, endNs: 1e9, aPort, bPort, wavelengths: 1, floorWavelengths: 0, ...more,
});

/** Grants after a plan, starting from those before. Every step must find what it changes as it says. */
export function follow(grants: Map<string, Grant>, plan: Plan): void {
  for (const change of plan.changes) {
    if (change.kind === 'add') {
      assert.ok(!grants.has(change.grant.id));
      grants.set(change.grant.id, change.grant);
    } else if (change.kind === 'drop') {
      assert.deepEqual(grants.get(change.grant.id), change.grant);
      grants.delete(change.grant.id);
    } else if (change.kind === 'move') {
      assert.deepEqual(grants.get(change.from.id), change.from);
      grants.set(change.to.id, change.to);
    } else assert.fail(`a one-hop plan has no ${change.kind}`);
  }
}

/** The same, with every step checked: no wavelength row is ever held twice, in between as little as at the end. */
export function followStepwise(grants: Map<string, Grant>, plan: Plan): void {
  for (const change of plan.changes) {
    follow(grants, { changes: [change], reasons: [] });
    checkGrants(grants);
  }
}

/** The rules: one slot per wavelength from end to end, no row held twice, no row out of service. */
export function checkGrants(grants: ReadonlyMap<string, Grant>, dead: ReadonlySet<number> = new Set(), wavelengths?: number): void {
  const holders = new Map<number, string>();
  for (const grant of grants.values()) {
    for (const path of grant.paths) {
      const rows = path.wavelengths.map(([row = -1]) => row);
      assert.equal(rows.length, 2);
      if (wavelengths !== undefined) rows.forEach((row, hop) => assert.equal(Math.floor(row / wavelengths), path.links[hop]));
      if (wavelengths !== undefined) assert.equal((rows[0] ?? 0) % wavelengths, (rows[1] ?? 0) % wavelengths);
      for (const row of rows) {
        assert.ok(!holders.has(row), `row ${row} is held by ${holders.get(row)} and ${grant.id}`);
        assert.ok(!dead.has(row), `row ${row} is out of service`);
        holders.set(row, grant.id);
      }
    }
  }
}

/** Tries every assignment: the most single-wavelength requests that can be served together when `isAlive` says which wavelengths exist. */
export function mostServed(requests: readonly WavelengthRequest[], wavelengths: number, isAlive: (port: 'a' | 'b', index: number, wavelength: number) => boolean): number {
  const used = new Set<string>();
  const tryFrom = (at: number): number => {
    const request = requests[at];
    if (request === undefined) return 0;
    let best = tryFrom(at + 1);
    for (let wavelength = 0; wavelength < wavelengths && best < requests.length - at; wavelength++) {
      const keys = [`a${request.aPort}/${wavelength}`, `b${request.bPort}/${wavelength}`];
      if (keys.some((key) => used.has(key)) || !isAlive('a', request.aPort, wavelength) || !isAlive('b', request.bPort, wavelength)) continue;
      for (const key of keys) used.add(key);
      best = Math.max(best, 1 + tryFrom(at + 1));
      for (const key of keys) used.delete(key);
    }
    return best;
  };
  return tryFrom(0);
}
