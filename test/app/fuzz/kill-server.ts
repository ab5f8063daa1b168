/**
 * `node test/app/fuzz/kill-server.ts --times 30 --seed 1`: kills a real server with SIGKILL while clients take and release leases, and
 * checks after each restart that every acknowledged lease stands, every acknowledged release holds, and a repeated key repeats its answer.
 */

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openReadOnly } from '../../../src/adapters/store/store.ts';
import type { Dice } from '../../../src/base/dice.ts';
import { createDice } from '../../../src/base/dice.ts';
import { ServerProcess, removeFolder, startSmall, temporaryFolder } from '../server/server-process.ts';

const writers = 6;
/** Leases that one writer holds before it releases its oldest. */
const heldMax = 12;
const lease = (id: string, dice: Dice): object => {
  const fromRank = dice.below(64);
  return { id, tenant: 'kill', trafficClass: 'background', fromRank, toRank: (fromRank + 8 + dice.below(48)) % 64, rateGbps: 1, durationS: 86_400 };
};

/** What was acknowledged, by lease. */
interface Ledger {
  readonly standing: Map<string, number>;
  readonly released: Set<string>;
  /** Asked to be released without an answer: it may stand or not. */
  readonly unsure: Set<string>;
  readonly refused: Set<string>;
  lastAsked: { readonly key: string; readonly body: object; readonly id: string } | null;
}

async function write(server: ServerProcess, ledger: Ledger, { name, dice }: { readonly name: string; readonly dice: Dice }): Promise<void> {
  const held: string[] = [];
  for (let at = 0; ; at++) {
    const id = `${name}-${at}`;
    const body = lease(id, dice);
    const made = await server.ask('/api/v1/leases', { method: 'POST', body, headers: { 'idempotency-key': id } });
    if (made.status === 201) {
      ledger.standing.set(id, Number((made.body['lease'] as { version: number }).version));
      ledger.lastAsked = { key: id, body, id };
      held.push(id);
    } else {
      assert.ok(made.status === 409 || made.status === 503, `${made.status} ${JSON.stringify(made.body)}`);
      ledger.refused.add(id);
    }
    const oldest = held.length > heldMax ? held.shift() : undefined;
    if (oldest === undefined) continue;
    ledger.standing.delete(oldest);
    ledger.unsure.add(oldest);
    const gone = await server.ask(`/api/v1/leases/${oldest}`, { method: 'DELETE', headers: { 'if-match': '*' } });
    assert.equal(gone.status, 200, JSON.stringify(gone.body));
    ledger.unsure.delete(oldest);
    ledger.released.add(oldest);
  }
}

/** All lease ids of a server. */
async function leaseIds(server: ServerProcess): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (let after: string | null = ''; after !== null;) {
    const { body } = await server.ask(`/api/v1/leases?limit=1000${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`);
    for (const { id, version } of body['items'] as readonly { id: string; version: number }[]) found.set(id, version);
    after = body['next'] as string | null;
  }
  return found;
}

async function check(server: ServerProcess, ledger: Ledger): Promise<void> {
  const found = await leaseIds(server);
  for (const [id, version] of ledger.standing) {
    const now = found.get(id);
    assert.ok(now !== undefined, `lease ${id} was acknowledged and is gone`);
    assert.ok(now >= version, `lease ${id} was acknowledged with version ${version} and has ${now}`);
  }
  for (const id of ledger.released) assert.ok(!found.has(id), `lease ${id} was released and is there`);
  for (const id of ledger.refused) assert.ok(!found.has(id), `lease ${id} was refused and is there`);
  const { lastAsked } = ledger;
  if (lastAsked === null || !found.has(lastAsked.id)) return;
  const again = await server.ask('/api/v1/leases', { method: 'POST', body: lastAsked.body, headers: { 'idempotency-key': lastAsked.key } });
  assert.equal(again.status, 201, JSON.stringify(again.body));
  assert.equal((await leaseIds(server)).size, found.size, 'a repeated key made another lease');
}

export interface KillReport {
  readonly kills: number;
  readonly acknowledged: number;
  readonly released: number;
  readonly recoveriesMs: readonly number[];
}

/** Kills and restarts `times` times over one data folder. */
export async function killServer({ times, seed }: { readonly times: number; readonly seed: number }): Promise<KillReport> {
  const dir = temporaryFolder();
  const dice = createDice(seed).fork('kills');
  const ledger: Ledger = { standing: new Map(), released: new Set(), unsure: new Set(), refused: new Set(), lastAsked: null };
  const recoveriesMs: number[] = [];
  let acknowledged = 0;
  let server = await startSmall(dir, ['--empty']);
  for (let kill = 0; kill < times; kill++) {
    const before = ledger.standing.size + ledger.released.size;
    const writing = Array.from({ length: writers }, (_, at) => write(server, ledger, { name: `k${kill}w${at}`, dice: dice.fork(`${kill} ${at}`) }).catch((fault: unknown) => fault));
    await pause(30 + dice.below(900));
    await server.stop('SIGKILL');
    for (const fault of await Promise.all(writing)) if (fault instanceof assert.AssertionError) throw fault;
    acknowledged += ledger.standing.size + ledger.released.size - before;
    const startedMs = performance.now();
    server = await startSmall(dir, ['--empty']);
    recoveriesMs.push(performance.now() - startedMs);
    await check(server, ledger);
  }
  assert.equal((await server.stop()).code, 0);
  const log = openReadOnly(dir);
  assert.ok(log.ok);
  assert.deepEqual(log.value.findings.filter(({ code }) => code !== 'head-copy-damaged'), []);
  log.value.close();
  removeFolder(dir);
  return { kills: times, acknowledged, released: ledger.released.size, recoveriesMs };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { times: { type: 'string', default: '30' }, seed: { type: 'string', default: '1' } } });
  const { kills, acknowledged, released, recoveriesMs } = await killServer({ times: Number(values.times), seed: Number(values.seed) });
  const sorted = recoveriesMs.toSorted((a, b) => a - b);
  const seconds = (ms: number | undefined): string => `${((ms ?? 0) / 1000).toFixed(1)} s`;
  console.log(`${kills} kills, ${acknowledged} acknowledged writes of leases (${released} released), none lost; restarts took ${seconds(sorted[sorted.length >> 1])} (median), ${seconds(sorted.at(-1))} at most`);
}
