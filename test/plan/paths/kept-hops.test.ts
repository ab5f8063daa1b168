/** What two paths have in common, and that moving a lease on the rest of its hops alone leaves the same calendars. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../../src/base/dice.ts';
import { applyChange, createLeaseBook, setNow } from '../../../src/plan/admission/lease-book.ts';
import { maxOver } from '../../../src/plan/admission/step-table.ts';
import { rowsAt } from '../../../src/plan/admission/row-lists.ts';
import { keptAhead, keptBehind } from '../../../src/plan/paths/kept-hops.ts';
import type { Grant, GrantPath } from '../../../src/plan/plan.ts';
import { defaultPolicy } from '../../../src/plan/policy.ts';
import { lightOf } from '../admission/light-fixture.ts';

const path = (links: readonly number[], wavelengths: readonly (readonly number[])[], rateGbps = 10): GrantPath => ({ links, wavelengths, rateGbps });

test('a detour of two hops keeps the hops before and after it', () => {
  const from = path([1, 2, 3, 4], [[10], [], [30], [40]]);
  const to = path([1, 7, 8, 4], [[10], [], [80], [40]]);
  assert.equal(keptAhead(from, to), 1);
  assert.equal(keptBehind(from, to, 1), 1);
});

test('another wavelength of the same link is another hop, and a longer way keeps its end', () => {
  const from = path([1, 2, 3], [[10, 11], [], [30]]);
  assert.equal(keptAhead(from, path([1, 2, 3], [[10, 12], [], [30]])), 0);
  const longer = path([1, 5, 6, 2, 3], [[10, 11], [], [], [], [30]]);
  assert.deepEqual([keptAhead(from, longer), keptBehind(from, longer, 1)], [1, 2]);
});

test('no hop is counted twice, and another rate keeps none', () => {
  const one = path([1, 2], [[], []]);
  assert.deepEqual([keptAhead(one, one), keptBehind(one, one, 2)], [2, 0]);
  assert.deepEqual([keptAhead(one, path([1, 2], [[], []], 5)), keptBehind(one, path([1, 2], [[], []], 5), 0)], [0, 0]);
});

test('moving leases leaves the calendars as dropping and adding them does', () => {
  const perLink = 4;
  const light = lightOf(12, { wavelengths: perLink, rateGbps: 100 });
  const dice = createDice(77);
  const moved = createLeaseBook(light, defaultPolicy);
  const rewritten = createLeaseBook(light, defaultPolicy);
  const randomPath = (): GrantPath => {
    const links = Array.from({ length: 4 }, (_, hop) => 3 * hop + dice.below(3));
    return path(links, links.map((link) => (dice.below(2) === 0 ? [] : [perLink * link + dice.below(perLink)])), 5 * (1 + dice.below(2)));
  };
  const grantOf = (id: string): Grant => {
    const startNs = dice.below(50);
    return { id, tenant: 't', job: null, trafficClass: 'background', rateGbps: 10, floorGbps: 0, startNs, endNs: startNs + 1 + dice.below(50), paths: [randomPath(), ...(dice.below(3) === 0 ? [randomPath()] : [])] };
  };
  const standing = new Map<string, Grant>();
  for (let turn = 0; turn < 400; turn++) {
    if (turn % 40 === 0) for (const book of [moved, rewritten]) setNow(book, turn / 10);
    const id = `lease${dice.below(12)}`;
    const from = standing.get(id);
    // Half of the moves keep the time, and some of the path.
    const fresh = grantOf(id);
    const [old] = from?.paths ?? [];
    const near = old === undefined ? fresh.paths : [{ ...old, links: old.links.with(1, 3 + dice.below(3)), wavelengths: old.wavelengths.with(1, []) }];
    const to = from !== undefined && dice.below(2) === 0 ? { ...from, paths: near } : fresh;
    standing.set(id, to);
    applyChange(moved, from === undefined ? { kind: 'add', grant: to } : { kind: 'move', from, to });
    if (from !== undefined) applyChange(rewritten, { kind: 'drop', grant: from });
    applyChange(rewritten, { kind: 'add', grant: to });
    const nowNs = moved.load.horizonNs;
    for (let link = 0; link < light.linkCount; link++) {
      assert.deepEqual(rowsAt(moved.crossing, link), rowsAt(rewritten.crossing, link));
      for (let at = Math.max(0, nowNs); at < 110; at += 7) assert.equal(maxOver(moved.load, link, at, at + 5), maxOver(rewritten.load, link, at, at + 5));
    }
    for (let row = 0; row < light.wavelengthCount; row++) assert.equal(maxOver(moved.held, row, Math.max(0, nowNs), 110), maxOver(rewritten.held, row, Math.max(0, nowNs), 110));
  }
});
