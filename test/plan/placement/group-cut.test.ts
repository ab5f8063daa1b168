/** Groups cut from machines with dead servers, by hand and against a search that tries everything. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readServerFaults } from '../../../src/adapters/traces/server-faults.ts';
import { createDice } from '../../../src/base/dice.ts';
import type { GroupMachine } from '../../../src/plan/placement/group-cut.ts';
import { cutLines, usableGpus } from '../../../src/plan/placement/group-cut.ts';
import { replayFaults } from '../../../src/plan/placement/fault-replay.ts';
import { sharedPath, sharedTest } from '../../shared.ts';

const up = (text: string): Uint8Array => Uint8Array.from(text, (mark) => (mark === '1' ? 1 : 0));

test('a switched domain loses what does not fill a group, and a last domain may be small', () => {
  // Domains of 9 servers of 8: 72 GPUs hold four groups of 16 and leave 8. One dead server leaves 64, which is four groups.
  // The last domain has 2 servers: one group.
  const size = { gpusPerServer: 8, gpusPerGroup: 16 };
  assert.equal(usableGpus({ kind: 'domains', serversPerDomain: 9 }, up('11111111111'), size), 64 + 16);
  assert.equal(usableGpus({ kind: 'domains', serversPerDomain: 9 }, up('11110111111'), size), 64 + 16);
  assert.equal(usableGpus({ kind: 'domains', serversPerDomain: 9 }, up('11110101111'), size), 48 + 16);
});

test('a cube loses the whole aligned group of a dead server', () => {
  // One cube of 8 servers, groups of 4 servers (32 GPUs): a dead server takes its block of four along.
  const size = { gpusPerServer: 8, gpusPerGroup: 32 };
  assert.equal(usableGpus({ kind: 'cubes', serversPerCube: 8 }, up('11111111'), size), 64);
  assert.equal(usableGpus({ kind: 'cubes', serversPerCube: 8 }, up('11101111'), size), 32);
  assert.equal(usableGpus({ kind: 'cubes', serversPerCube: 8 }, up('11101110'), size), 0);
});

test('a ring passes by hops - 1 dead servers and closes round its end', () => {
  // 8 servers of one GPU, groups of 3. With 2 hops one dead server is passed by: 7 healthy make one line, 2 groups, 1 stranded.
  assert.equal(usableGpus({ kind: 'ring', hops: 2 }, up('11101111'), { gpusPerServer: 1, gpusPerGroup: 3 }), 6);
  // Two dead in a row break it with 2 hops; the line still closes round the end: 6 healthy, 2 groups.
  assert.equal(usableGpus({ kind: 'ring', hops: 2 }, up('11100111'), { gpusPerServer: 1, gpusPerGroup: 3 }), 6);
  // Two breaks of two cut it into lines of 1 and 3: one group.
  assert.equal(usableGpus({ kind: 'ring', hops: 2 }, up('10011100'), { gpusPerServer: 1, gpusPerGroup: 3 }), 3);
  // With 3 hops all four are one line: one group as well, 1 stranded.
  assert.deepEqual(cutLines(up('10011100'), (from, to) => (to - from + 8) % 8 <= 3), [[0, 3, 4, 5]]);
  assert.deepEqual(cutLines(up('00000000'), () => true), []);
});

/** Most groups a ring can hold, by trying every way to take servers into groups: from each place the next group starts there or further on. */
function mostOnRing(isUp: Uint8Array, hops: number, perGroup: number): number {
  const n = isUp.length;
  let best = 0;
  for (let turn = 0; turn < n; turn++) {
    const order = Array.from({ length: n }, (_, at) => (turn + at) % n).filter((server) => isUp[server] === 1);
    const from = (at: number): number => {
      if (at + perGroup > order.length) return 0;
      const group = order.slice(at, at + perGroup);
      const isWhole = group.every((server, index) => index === 0 || (server - (group[index - 1] ?? 0) + n) % n <= hops);
      return Math.max(from(at + 1), isWhole ? 1 + from(at + perGroup) : 0);
    };
    best = Math.max(best, from(0));
  }
  return best * perGroup;
}

test('no way of cutting a ring gives more groups than the greedy one', () => {
  const dice = createDice(7);
  for (let round = 0; round < 400; round++) {
    const servers = 4 + dice.below(7);
    const isUp = Uint8Array.from({ length: servers }, () => (dice.uniform() < 0.7 ? 1 : 0));
    const hops = 1 + dice.below(3);
    const perGroup = 1 + dice.below(3);
    assert.equal(usableGpus({ kind: 'ring', hops }, isUp, { gpusPerServer: 1, gpusPerGroup: perGroup }), mostOnRing(isUp, hops, perGroup), `${[...isUp].join('')} hops ${hops} group ${perGroup}`);
  }
});

test('a replay weighs each state by how long it lasts', () => {
  // Two servers of 8 in one domain, groups of 16. One is down for 1 of 4 days: then the other's 8 of 16 GPUs are stranded, 1/4 x 8/16.
  const faults = { serverNames: ['a'], eventDays: Float64Array.of(1, 2, 4), eventServer: Int32Array.of(0, 0, 0), eventChange: Int8Array.of(1, -1, 0), spanDays: 4 };
  const result = replayFaults({
    faults, servers: 2, gpusPerServer: 8, draws: 3, dice: createDice(1),
    machines: [(isUp) => usableGpus({ kind: 'domains', serversPerDomain: 2 }, isUp, { gpusPerServer: 8, gpusPerGroup: 16 })],
  });
  assert.equal(result.machines[0]?.stranded, 1 / 8);
  assert.equal(result.machines[0]?.spread, 0);
  assert.equal(result.downShare, 1 / 8);
  assert.equal(result.downServersMax, 1);
});

const machines: readonly (readonly [key: string, machine: GroupMachine, tolerance: number])[] = [
  ['nvl72_pct', { kind: 'domains', serversPerDomain: 9 }, 0.5], ['tpu4_cube_pct', { kind: 'cubes', serversPerCube: 8 }, 0.5],
  ['ring_k2_pct', { kind: 'ring', hops: 2 }, 0.05], ['ring_k3_pct', { kind: 'ring', hops: 3 }, 0.05],
];

sharedTest('four machines strand what the published trace says, within each row\'s tolerance', 'data/infinitehbd/fault_trace.json', (path) => {
  const facts = JSON.parse(readFileSync(sharedPath('facts/paper-figures.json') ?? '', 'utf8')) as readonly { readonly id: string; readonly value: Readonly<Record<string, number>> }[];
  const faults = readServerFaults(path);
  assert.ok(faults.ok);
  const basic = facts.find(({ id }) => id === 'ihbd-trace-basic')?.value ?? {};
  for (const gpusPerGroup of [16, 32]) {
    const size = { gpusPerServer: 8, gpusPerGroup };
    const result = replayFaults({
      faults: faults.value, servers: 400, gpusPerServer: 8, draws: 12, dice: createDice(1), machines: machines.map(([, machine]) => (isUp: Uint8Array) => usableGpus(machine, isUp, size)),
    });
    const expected = facts.find(({ id }) => id === `ihbd-waste-tp${gpusPerGroup}`)?.value ?? {};
    for (const [row, [key, , tolerance]] of machines.entries()) {
      const percent = 100 * (result.machines[row]?.stranded ?? NaN);
      assert.ok(Math.abs(percent - (expected[key] ?? NaN)) <= tolerance, `${key} of groups of ${gpusPerGroup}: ${percent} against ${expected[key]}`);
    }
    assert.equal(result.downServersMax, basic['max_down_nodes']);
    // The row counts 400 servers over the span of the record; 1 % for means.
    assert.ok(Math.abs(result.downShare / (basic['mean_down_fraction'] ?? NaN) - 1) <= 0.01, `${result.downShare}`);
  }
});
