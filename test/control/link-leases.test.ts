/** Leases over links against a dumb twin: a set of ids by link, in the order of insertion. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../src/base/dice.ts';
import { LinkLeases } from '../../src/control/link-leases.ts';

const links = 7;
const ids = Array.from({ length: 40 }, (_, row) => `lease${row}`);

/** What both tell of every link, those without leases left out. */
const told = (leases: LinkLeases): readonly unknown[] => leases.links().map((link) => [link, leases.get(link)]);
const twinTold = (twin: readonly Set<string>[]): readonly unknown[] => twin.flatMap((own, link) => (own.size > 0 ? [[link, [...own]]] : []));

test('leases that come to links and leave them are told in the order in which they came, as sets tell them', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const dice = createDice(seed);
    const leases = LinkLeases.empty(links, ids);
    const twin = Array.from({ length: links }, () => new Set<string>());
    for (let step = 0; step < 400; step++) {
      const [link, row] = [dice.below(links), dice.below(ids.length)];
      const id = ids[row] ?? '';
      // A lease comes to a link once, or at once by two of its paths; a lease that is not there may be taken off.
      if (dice.below(2) === 0 && twin[link]?.has(id) === false) {
        for (let path = 0; path <= dice.below(2); path++) leases.add(link, row);
        twin[link]?.add(id);
      } else {
        leases.remove(link, row);
        twin[link]?.delete(id);
      }
      assert.deepEqual(told(leases), twinTold(twin), `seed ${seed}, step ${step}`);
    }
  }
});

test('a fork keeps what was there when it was made', () => {
  const leases = LinkLeases.empty(links, ids);
  leases.add(3, 1);
  leases.add(3, 2);
  const fork = leases.fork([...ids]);
  leases.remove(3, 1);
  fork.add(5, 4);
  assert.deepEqual(told(leases), [[3, ['lease2']]]);
  assert.deepEqual(told(fork), [[3, ['lease1', 'lease2']], [5, ['lease4']]]);
});
