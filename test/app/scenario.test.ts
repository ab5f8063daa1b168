/** Plays, explanations and replays as a user runs them: bad plays and bad logs have stated outcomes, each with its place and remedy. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { explainCommand } from '../../src/app/commands/explain.ts';
import { replayCommand } from '../../src/app/commands/replay.ts';
import { scenarioCommand } from '../../src/app/commands/scenario.ts';
import type { LogHeader } from '../../src/adapters/store/entry.ts';
import { chainHash, chainStart, entryText, parseEntry } from '../../src/adapters/store/entry.ts';
import { endLine, headerLine, lineOf, splitLine } from '../../src/adapters/store/log-lines.ts';
import type { Ran } from './run-command.ts';
import { runCommand } from './run-command.ts';

const clusters = fileURLToPath(new URL('../scenarios/clusters/', import.meta.url));
const cluster = join(clusters, 'pods-32.yaml');
let folder = '';
before(() => { folder = mkdtempSync(join(tmpdir(), 'heliostat-scenario-')); });
after(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: readonly string[]): Promise<Ran> => runCommand([scenarioCommand, explainCommand, replayCommand], ...args);

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const incident = `cluster ${cluster}
job j1 ranks 0,8,16,24 compute 80ms phase allReduce 20ms 300Gbps ring
run 2s
----

inject leaf0/module2/laser4 laser-dead
run 2s
----
`;

/** The log of the incident. */
async function incidentLog(): Promise<string> {
  const log = join(folder, 'incident.jsonl');
  const ran = await run('scenario', write('incident.play', incident), '--update', '--log', log);
  assert.equal(ran.code, 0, ran.stderr);
  return log;
}

test('a new play differs until its transcript is written, and then goes as written', async () => {
  const play = write('new.play', incident);
  const first = await run('scenario', play);
  assert.equal(first.code, 1);
  assert.match(first.stderr, /new\.play:5: the transcript differs\n {2}written: \(nothing more\)\n {2}now: {5}pods-32: 32 accelerators/);
  assert.equal((await run('scenario', play, '--update')).code, 0);
  assert.equal((await run('scenario', play)).code, 0);
  writeFileSync(play, readFileSync(play, 'utf8').replace('3 of 4 wavelengths', '4 of 4 wavelengths'));
  const changed = await run('scenario', play);
  assert.equal(changed.code, 1);
  assert.match(changed.stderr, /written: {3}judged: 1 link 4 of 4 wavelengths at 100 Gb\/s/);
});

test('the same play and seed give the same log, byte for byte', async () => {
  const [one, other] = [join(folder, 'one.jsonl'), join(folder, 'other.jsonl')];
  const play = write('twice.play', incident);
  for (const log of [one, other]) await run('scenario', play, '--log', log, '--seed', '7');
  assert.equal(readFileSync(one, 'utf8'), readFileSync(other, 'utf8'));
});

/** A wrong line behind a good first one, what is said about it, and the value that is named. */
const wrongLines: readonly (readonly [string, string, string])[] = [
  ['dance 10s', 'unknown-word', 'dance'],
  ['run ten', 'not-a-quantity', 'ten'],
  ['run 10', 'missing-unit', '10'],
  ['inject leaf0/module2 dirty', 'missing-amount', 'dirty'],
  ['inject leaf99 dead', 'unknown-device', 'leaf99'],
  ['inject leaf0 melted', 'unknown-fault', 'melted'],
  ['drain leaf99', 'unknown-component', 'leaf99'],
  ['lease a checkpoint 200Gbps from 0', 'missing-word', 'lease a checkpoint 200Gbps from 0'],
  ['lease a gossip 200Gbps from 0 to 8', 'unknown-word', 'gossip'],
  ['lease a checkpoint 200Gb from 0 to 8', 'unknown-unit', '200Gb'],
  ['job j2 ranks 7-3 compute 80ms', 'not-a-range', '7-3'],
  ['job j2 workload nowhere.yaml ranks 0-7', 'missing-file', ''],
  ['policy health.holdDown', 'missing-file', ''],
  ['policy health.holdDown=10s ladder.jump=off', 'not-a-setting', 'ladder.jump=off'],
  ['policy health.patience=10s', 'unknown-key', ''],
  ['report leaf0 caseC leaf0/module0 hot', 'not-a-number', 'hot'],
  ['messages shuffled from leaf0 for 10s', 'unknown-word', 'shuffled'],
  ['messages lost from leef0 for 10s', 'unknown-component', 'leef0'],
  ['crash after 0 entries for 5s', 'too-small', '0'],
  ['switch leaf0 disconnect 1B 2B', 'not-a-port', '1B'],
  [`cluster ${cluster}`, 'second-cluster', ''],
  ['explain first', 'not-a-count', 'first'],
];

for (const [line, code, value] of wrongLines) {
  test(`\`${line.replace(clusters, '')}\` is refused as ${code}`, async () => {
    const ran = await run('scenario', write('wrong.play', `cluster ${cluster}\nrun 1s\n${line}\n----\n`), '--json');
    assert.equal(ran.code, 2);
    const { issues } = JSON.parse(ran.stdout) as { issues: readonly { code: string; line?: number; value?: string; remedy: string; file?: string }[] };
    const issue = issues.find((one) => one.code === code);
    assert.ok(issue !== undefined, JSON.stringify(issues));
    assert.ok(issue.remedy.length > 0 && issue.file !== undefined);
    if (value !== '') assert.equal(issue.value, value);
    if (issue.file.endsWith('wrong.play')) assert.equal(issue.line, 3);
  });
}

test('time cannot go back, a play begins with its cluster, and an empty play is no play', async () => {
  assert.match((await run('scenario', write('back.play', `cluster ${cluster}\nat 5s\nat 3s run 1s\n----\n`))).stderr, /back\.play:3: It is 5 s already.*\[time-goes-back\]/);
  assert.match((await run('scenario', write('bare.play', 'run 5s\n----\n'))).stderr, /bare\.play:1: The play has no cluster yet.*\[no-cluster\]/);
  assert.match((await run('scenario', write('empty.play', '# nothing\n'))).stderr, /\[empty-play\]/);
  assert.match((await run('scenario', join(folder, 'missing.play'))).stderr, /\[missing-file\]/);
});

test('a file that cannot be used is told with the line of the play that names it', async () => {
  const ran = await run('scenario', write('names.play', `cluster ${cluster}\npolicy nowhere.yaml\n----\n`));
  assert.equal(ran.code, 2);
  assert.match(ran.stderr, /names\.play:2: .*\(got policy nowhere\.yaml\).*\[file-not-usable\]\n.*nowhere\.yaml:1:1: .*\[missing-file\]/);
});

test('what would never come to an end is refused at its line', async () => {
  const wrongs = [
    ['times tick 0s', 'too-short'], ['times telemetry 1ns', 'too-short'], ['times', 'missing-word'], ['drift leaf0/module0/port0 dirty 0.1dB every 0s for 1h', 'too-short'],
    ['job j ranks 0-99999 compute 80ms phase allReduce 20ms 100Gbps all', 'too-many-pairs'], ['policy', 'missing-word'],
    ['run 1e9d', 'too-long'], ['at 101d run 1s', 'too-long'], ['drift leaf0/module0/port0 dirty 0.1dB every 1s for 1000d', 'too-long'], ['drift leaf0/module0/port0 dirty 0.1dB every 1ms for 1d', 'too-often'],
  ] as const;
  for (const [line, code] of wrongs) {
    const ran = await run('scenario', write('endless.play', `cluster ${cluster}\n${line}\nrun 2s\n----\n`));
    assert.equal(ran.code, 2, line);
    assert.match(ran.stderr, new RegExp(`endless\\.play:2: .*\\[${code}\\]`), line);
  }
});

test('a log is explained by number and as a list, in words and as JSON', async () => {
  const log = await incidentLog();
  const list = await run('explain', log, '--cluster', cluster);
  assert.equal(list.code, 0);
  const n = /^(\d+) {2}3\.002 s {2}\w+, .*laser fault at leaf0\/module2\/laser4/m.exec(list.stdout)?.[1] ?? assert.fail(list.stdout);
  const words = await run('explain', log, n, '--cluster', cluster);
  for (const part of ['Because ', 'Touches ', 'Costs ', 'Weighed:', 'Chain:']) assert.ok(words.stdout.includes(part), part);
  const { decision } = JSON.parse((await run('explain', log, 'last', '--cluster', cluster, '--json')).stdout) as { decision: { n: number; candidates: readonly unknown[]; chain: readonly unknown[] } };
  assert.equal(decision.n, Number(n));
  assert.equal(decision.candidates.length, 9);
  assert.ok(decision.chain.length > 3);
  const none = await run('explain', log, '1', '--cluster', cluster, '--json');
  assert.equal(none.code, 1);
  assert.equal((JSON.parse(none.stdout) as { refusal: { code: string } }).refusal.code, 'not-a-decision');
  assert.equal((await run('explain', log, 'third', '--cluster', cluster)).code, 2);
});

test('a log is decided again as it was recorded', async () => {
  const ran = await run('replay', await incidentLog(), '--cluster', cluster, '--json');
  assert.equal(ran.code, 0);
  const { differences, issues, readings } = JSON.parse(ran.stdout) as { differences: readonly unknown[]; issues: readonly unknown[]; readings: number };
  assert.deepEqual([differences, issues], [[], []]);
  assert.ok(readings > 4);
});

// The lost line is rerouted (0 GPU s) as recorded; a policy without that rung must take another one, and nothing else of the incident differs.
test('replayed with another policy, a log shows which decisions it would have changed', async () => {
  const policy = write('mine.yaml', 'kind: Policy\nversion: 1\nname: mine\nladder: [hold, retune, spare, {rung: reroute, enabled: false}, derate, shift, preempt, shrink, migrate]\n');
  const ran = await run('replay', await incidentLog(), '--cluster', cluster, '--policy', policy, '--json');
  assert.equal(ran.code, 1);
  const { differences, policy: name } = JSON.parse(ran.stdout) as { policy: string; differences: readonly { recorded: { kind: string; text: string } | null; decided: { kind: string; text: string } | null }[] };
  assert.equal(name, 'mine');
  assert.deepEqual(differences.map(({ recorded, decided }) => [recorded?.kind, decided?.kind]), [['decided', 'decided']]);
  assert.match(differences[0]?.recorded?.text ?? '', /reroute/i);
  assert.doesNotMatch(differences[0]?.decided?.text ?? 'reroute', /reroute/i);
  const bad = await run('replay', await incidentLog(), '--cluster', cluster, '--policy', write('bad.yaml', 'kind: Policy\nversion: 1\nname: bad\nladder: [hold]\n'));
  assert.equal(bad.code, 2);
  assert.match(bad.stderr, /bad\.yaml:4:9: ladder: .*\[missing-rung\]/);
});

test('a log of another cluster is refused with both names', async () => {
  const ran = await run('replay', await incidentLog(), '--cluster', join(clusters, 'rails-16.yaml'));
  assert.equal(ran.code, 2);
  assert.match(ran.stderr, /The log is of pods-32, and .* describes rails-16 .*\[log-of-another-plant\]/);
});

test('a truncated log is replayed as far as it goes, and says so', async () => {
  const lines = readFileSync(await incidentLog(), 'utf8').split('\n');
  const ran = await run('replay', write('cut.jsonl', `${lines.slice(0, 40).join('\n')}\n`), '--cluster', cluster);
  assert.equal(ran.code, 2);
  assert.match(ran.stderr, /\[truncated-log\]/);
  assert.match(ran.stdout, /readings decided again, all as recorded/);
});

test('a log whose chain is broken is read up to there', async () => {
  const lines = readFileSync(await incidentLog(), 'utf8').split('\n');
  const ran = await run('explain', write('broken.jsonl', lines.map((line, at) => (at === 30 ? line.replace(/"atNs":\d+/, '"atNs":1') : line)).join('\n')), '--cluster', cluster);
  assert.match(ran.stderr, /broken\.jsonl:31: .*\[damaged-log\]/);
});

/** The log with one body changed and the chain made good again, as another program would have written it. */
function rewritten(text: string, change: (body: Record<string, unknown>) => Record<string, unknown> | null, factsVersion = 1): string {
  const lines = text.trimEnd().split('\n');
  const { log: _log, base: _base, hash: _hash, ...header } = JSON.parse(lines[0] ?? '') as LogHeader & { readonly log: string; readonly base: object; readonly hash: string };
  const start = { ...chainStart(header), factsVersion };
  let { hash } = start;
  const out = [headerLine(header, start)];
  let n = 0;
  for (const line of lines.slice(1, -1)) {
    const entry = parseEntry(splitLine(line)?.text ?? '') ?? assert.fail(line);
    const entryTextNow = entryText({ ...entry, body: change({ ...entry.body }) ?? entry.body });
    hash = chainHash(hash, entryTextNow);
    out.push(lineOf(entryTextNow, hash));
    n = entry.n;
  }
  return `${[...out, endLine({ ...start, n, hash })].join('\n')}\n`;
}

test('a fact of an unknown newer kind stops the replay by name', async () => {
  const log = write('newer.jsonl', rewritten(readFileSync(await incidentLog(), 'utf8'), (body) => (body['kind'] === 'decided' ? { kind: 'teleported' } : null)));
  const ran = await run('replay', log, '--cluster', cluster);
  assert.equal(ran.code, 2);
  assert.match(ran.stderr, /\[unknown-fact\]/);
  assert.match(ran.stderr, /teleported/);
});

test('a reading of an unknown newer kind stops the replay by name, and a decision behind it is still explained', async () => {
  const log = write('newer-reading.jsonl', rewritten(readFileSync(await incidentLog(), 'utf8'), (body) => (body['kind'] === 'jobAsked' ? { kind: 'whispered' } : null)));
  const ran = await run('replay', log, '--cluster', cluster);
  assert.equal(ran.code, 2);
  assert.match(ran.stderr, /entry 1: .*\(got whispered\).*\[unknown-reading\]/);
  const explained = await run('explain', log, '1', '--cluster', cluster);
  assert.equal(explained.code, 1);
  assert.match(explained.stderr, /Entry 1 is a reading of kind whispered: this version does not know it\.\n/);
});

test('a body of a known kind that lacks what its kind has is told by entry, place and remedy, and nothing is decided again', async () => {
  const text = readFileSync(await incidentLog(), 'utf8');
  const log = write('bare.jsonl', rewritten(text, (body) => (body['kind'] === 'decided' ? { kind: 'decided' } : null)));
  for (const command of ['replay', 'explain']) {
    const ran = await run(command, log, '--cluster', cluster);
    assert.equal(ran.code, 2);
    assert.match(ran.stderr, /^\S*bare\.jsonl: entry \d+, body\.decision: A fact of kind decided must have `body\.decision` \(got nothing\)\. Restore .* \[malformed-entry\]\n$/);
  }
  const deeper = write('deeper.jsonl', rewritten(text, (body) => (body['kind'] === 'judged' ? { ...body, groups: [{ ranges: [0, 'all'], marginDb: 1, gbps: [] }] } : null)));
  const ran = await run('replay', deeper, '--cluster', cluster, '--json');
  assert.equal(ran.code, 2);
  const [issue] = (JSON.parse(ran.stdout) as { issues: readonly { path: string; value: string; code: string }[] }).issues;
  assert.deepEqual([issue?.path.replace(/\d+/, 'N'), issue?.value, issue?.code], ['entry N, body.groups[0].ranges[1]', '"all"', 'malformed-entry']);
});

test('whatever field a body loses, its log is read or refused in one line, never by a fault', async () => {
  const text = readFileSync(await incidentLog(), 'utf8');
  const fields = new Map<string, ReadonlySet<string>>();
  for (const line of text.trimEnd().split('\n').slice(1, -1)) {
    const { body } = parseEntry(splitLine(line)?.text ?? '') ?? assert.fail(line);
    fields.set(String(body['kind']), new Set(Object.keys(body)));
  }
  assert.ok(fields.size > 12, [...fields.keys()].join(', '));
  for (const [kind, names] of fields) {
    for (const name of names) {
      const log = write('less.jsonl', rewritten(text, (body) => (body['kind'] === kind ? Object.fromEntries(Object.entries(body).filter(([one]) => one !== name)) : null)));
      const ran = await run('replay', log, '--cluster', cluster);
      assert.equal(ran.code, 2, `${kind} without ${name}`);
      assert.match(ran.stderr, /^[^\n]*\[malformed-entry\]\n$/);
    }
  }
});

test('facts that say they are of a newer version are not taken for known ones', async () => {
  const log = write('newer-facts.jsonl', rewritten(readFileSync(await incidentLog(), 'utf8'), () => null, 2));
  const ran = await run('replay', log, '--cluster', cluster);
  assert.equal(ran.code, 2);
  assert.match(ran.stderr, /newer-facts\.jsonl:1: .*\(got 2\).*\[unknown-facts-version\]/);
});

test('the last decision of a log without any is told to be none', async () => {
  const log = join(folder, 'calm.jsonl');
  await run('scenario', write('calm.play', `cluster ${cluster}\nrun 1s\n----\n`), '--update', '--log', log);
  const ran = await run('explain', log, 'last', '--cluster', cluster);
  assert.deepEqual([ran.code, ran.stderr], [1, 'The log holds no decision.\n']);
});

test('where a version decides otherwise, the reading, the record and the new decision are shown', async () => {
  const log = write('otherwise.jsonl', rewritten(readFileSync(await incidentLog(), 'utf8'), (body) => (body['kind'] === 'healthSet' ? { ...body, reason: 'Someone said so.' } : null)));
  const ran = await run('replay', log, '--cluster', cluster);
  assert.equal(ran.code, 1);
  assert.match(ran.stdout, /raises laser fault at leaf0\/module2\/laser4\) is decided otherwise from fact \d+ on\n {2}recorded: healthSet: .*Someone said so\.\n {2}now: {6}healthSet: .*It gives no light or current\./);
});
