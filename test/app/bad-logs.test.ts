/**
 * Logs that do not belong or that a newer version wrote, given to `replay` and to `serve --data` alike, and readings that cannot be in a
 * plain log: one clear line with a remedy, and neither what lies on disk nor what is believed changes.
 */

import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { replayCommand } from '../../src/app/commands/replay.ts';
import { scenarioCommand } from '../../src/app/commands/scenario.ts';
import { readLogOnPlant } from '../../src/app/explain-log.ts';
import { openReadOnly, openStore } from '../../src/adapters/store/store.ts';
import { isRefusal } from '../../src/base/refusal.ts';
import { createState } from '../../src/control/create-state.ts';
import { tryEvolve } from '../../src/control/evolve/evolve.ts';
import type { State } from '../../src/control/state.ts';
import { digestOf } from '../../src/control/state-digest.ts';
import type { Ran } from './run-command.ts';
import { runCommand } from './run-command.ts';
import { ServerProcess, removeFolder, serve, startSmall, temporaryFolder, writeSmallCluster } from './server/server-process.ts';

const folder = temporaryFolder();
after(() => removeFolder(folder));

const pods = fileURLToPath(new URL('../scenarios/clusters/pods-32.yaml', import.meta.url));
const run = (...words: readonly string[]): Promise<Ran> => runCommand([replayCommand, scenarioCommand], ...words);

/** Every entry that lies in a data folder. */
function entriesOf(dir: string): readonly unknown[] {
  const opened = openReadOnly(dir);
  if (!opened.ok) assert.fail(JSON.stringify(opened.issues));
  const entries = [...opened.value.entries()];
  opened.value.close();
  return entries;
}

/** Replay of the folder and a server on it both say the code in one line each, start nothing, and leave every entry as it was. */
async function refusedTwice(dir: string, cluster: string, codes: { readonly replay: string; readonly serve: string }): Promise<void> {
  const before = entriesOf(dir);
  const ran = await run('replay', dir, '--cluster', cluster);
  assert.equal(ran.code, 2);
  assert.match(ran.stderr, new RegExp(`^[^\\n]*\\[${codes.replay}\\]\\n$`));
  const ended = await serve(dir, ['--cluster', cluster, '--devices', 'inProcess']);
  if (ended instanceof ServerProcess) {
    await ended.stop();
    assert.fail(`it must not start: ${codes.serve}`);
  }
  assert.notEqual(ended.code, 0);
  assert.equal(ended.stdout, '');
  assert.match(ended.stderr, new RegExp(`^[^\\n]*\\[${codes.serve}\\]\\n$`));
  assert.deepEqual(entriesOf(dir), before);
}

test('a log of another cluster and what a newer version wrote are refused by replay and by serve alike, by name, and stay as they were', async () => {
  const dir = join(folder, 'served');
  mkdirSync(dir);
  const server = await startSmall(dir, ['--empty']);
  const made = await server.ask('/api/v1/leases', { method: 'POST', body: { id: 'kept', tenant: 'x', trafficClass: 'background', fromRank: 0, toRank: 40, rateGbps: 1, durationS: 3600 } });
  assert.equal(made.status, 201);
  const identity = (await server.ask('/api/v1/cluster')).body as { name: string; fingerprint: string };
  assert.equal((await server.stop()).code, 0);
  const cluster = writeSmallCluster(folder);
  const other = join(folder, 'other.yaml');
  writeFileSync(other, readFileSync(cluster, 'utf8').replace('spines: 2', 'spines: 4'));
  await refusedTwice(dir, other, { replay: 'log-of-another-plant', serve: 'foreign-log' });

  for (const [code, factsVersion, kind, body] of [
    ['unknown-fact', 1, 'fact', { kind: 'teleported' }], ['unknown-reading', 1, 'reading', { kind: 'whispered' }], ['unknown-facts-version', 2, 'fact', { kind: 'teleported' }],
  ] as const) {
    const newer = join(folder, code);
    cpSync(dir, newer, { recursive: true });
    const opened = openStore(newer, { cluster: identity.name, fingerprint: identity.fingerprint, epoch: '', clock: () => Date.now() * 1e6, factsVersion });
    if (!opened.ok) assert.fail(JSON.stringify(opened.issues));
    const appended = await opened.value.append([{ kind, body }]);
    assert.ok(!isRefusal(appended), JSON.stringify(appended));
    await opened.value.close();
    await refusedTwice(newer, cluster, { replay: code, serve: code });
  }
  // The log of which these were copies is served as before.
  const again = await startSmall(dir, ['--empty']);
  assert.equal((await again.ask('/api/v1/leases/kept')).status, 200);
  assert.equal((await again.stop()).code, 0);
});

/** All that is held but for how far the log has come and what is noted of the devices that spoke. */
const believed = (state: State): string => digestOf({ ...state, n: 0, nowNs: 0, devices: new Map() });

const reports = [
  ['caseC leaf1/module0 -400', 'impossible-value'], ['caseC leaf2/module0 1e300', 'impossible-value'], ['rxLossDb leaf3/module0 -101', 'impossible-value'],
  ['preFecBer leaf4/module0/port0 1.5', 'impossible-value'], ['biasRatio leaf5 50', 'foreign-quantity'], ['rxLossDb row0 20', 'foreign-quantity'],
] as const;

test('in a play and in its log, readings that cannot be, a contradictory policy and an unknown job are set aside by name, and what is believed before and after is one digest', async () => {
  const play = join(folder, 'impossible.play');
  const log = join(folder, 'impossible.jsonl');
  const spoken = reports.map(([words]) => `report ${words.split(' ')[1]?.split('/')[0] ?? ''} ${words}`).join('\n');
  writeFileSync(play, `cluster ${pods}\nlease a allReduce 200Gbps from 0 to 16 for 1h\nrun 2s\n${spoken}\npolicy health.marginReturn=0.2dB\nend nobody\nshow leases\ncheck\n----\n`);
  const ran = await run('scenario', play, '--update', '--log', log);
  assert.equal(ran.code, 0, ran.stderr);
  const told = readFileSync(play, 'utf8');
  for (const [words, code] of reports) assert.equal(told.split(`[${code}, never]`).length - 1, reports.filter(([, one]) => one === code).length, words);
  for (const code of ['contradictory-policy', 'unknown-job']) assert.match(told, new RegExp(`\\[${code}, never\\]`));
  assert.match(told, /all invariants hold/);

  const read = readLogOnPlant({ log, cluster: pods });
  assert.ok(read.ok, JSON.stringify(read));
  const state = createState(read.value.plant);
  let before = '';
  let count = 0;
  for (const [at, entry] of read.value.entries.entries()) {
    if (entry.kind === 'reading' && read.value.entries[at + 1]?.body.kind === 'setAside') before = believed(state);
    assert.equal(tryEvolve(state, entry), null);
    if (entry.kind !== 'fact' || entry.body.kind !== 'setAside') continue;
    assert.equal(believed(state), before, `entry ${entry.n}`);
    count += 1;
  }
  assert.equal(count, reports.length + 2);
  assert.equal((await run('replay', log, '--cluster', pods)).code, 0);
});

test('a number that is none and a part or a quantity that is not there stop a play before its first command', async () => {
  for (const [words, code] of [
    ['caseC leaf1/module0 NaN', 'not-a-number'], ['caseC leaf1/module0 1e999', 'not-a-number'], ['caseC leaf99/module0 60', 'unknown-component'], ['mood leaf1/module0 60', 'unknown-word'],
  ] as const) {
    const play = join(folder, 'wrong.play');
    const text = `cluster ${pods}\nrun 1s\nreport leaf1 ${words}\n----\n`;
    writeFileSync(play, text);
    const ran = await run('scenario', play, '--update');
    assert.deepEqual([ran.code, readFileSync(play, 'utf8')], [2, text]);
    assert.match(ran.stderr, new RegExp(`wrong\\.play:3: .*\\[${code}\\]`));
  }
});
