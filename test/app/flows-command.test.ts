/** `heliostat flows` as a user meets it: answers, rows, bad files, stalled runs. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';
import { casePrioritiesMax, parseSimCases, unpackedBytesMax } from '../../src/adapters/simcase.ts';
import { prioritiesMax } from '../../src/sim/cells.ts';

const main = fileURLToPath(new URL('../../src/app/main.ts', import.meta.url));

/** One 100 Gb/s link a -> b and a second, b -> c; `flows` and whatever else the test changes. */
function caseOf(changes: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return {
    schema: 'simcase/1', name: 'two-links', nodes: ['a', 'b', 'c'],
    links: [{ id: 0, src: 'a', dst: 'b', bandwidth_bps: 100e9, latency_s: 0 }, { id: 1, src: 'b', dst: 'c', bandwidth_bps: 100e9, latency_s: 0 }],
    flows: [{ id: 0, src: 'a', dst: 'b', start_s: 0, size_bytes: 1.25e9, path: [0] }],
    ...changes,
  };
}

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly complaints: string;
  readonly folder: string;
}

function withFile(text: string, args: readonly string[], check: (ran: Ran) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'heliostat-flows-'));
  try {
    const file = join(folder, 'case.json');
    writeFileSync(file, text);
    const ran = spawnSync(process.execPath, [main, 'flows', file, ...args.map((arg) => arg.replace('FOLDER', folder))], { encoding: 'utf8' });
    check({ code: ran.status, out: ran.stdout, complaints: ran.stderr, folder });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const flow = (changes: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({ id: 0, src: 'a', dst: 'b', start_s: 0, size_bytes: 1000, path: [0], ...changes });

test('a case prints its makespan and every completion, a list prints a list', () => {
  // 1.25e9 bytes = 1e10 bits at 1e11 bit/s: 0.1 s.
  withFile(JSON.stringify(caseOf({})), ['--json'], ({ code, out }) => {
    const answer = JSON.parse(out) as Record<string, unknown>;
    assert.equal(code, 0);
    assert.deepEqual(Object.keys(answer), ['name', 'makespan_s', 'fct_s', 'events', 'wall_s', 'rss_mb']);
    assert.equal(answer['makespan_s'], 0.1);
    assert.deepEqual(answer['fct_s'], [0.1]);
  });
  withFile(JSON.stringify({ schema: 'simcase/1-list', cases: [caseOf({}), caseOf({ name: 'again' })] }), ['--json'], ({ out }) => {
    assert.deepEqual((JSON.parse(out) as { name: string }[]).map((row) => row.name), ['two-links', 'again']);
  });
});

test('rows stream to files: one per flow, and what each link carried', () => {
  withFile(JSON.stringify(caseOf({})), ['--fct', 'FOLDER/fct.jsonl', '--series', 'FOLDER/series.jsonl', '--sample', '40ms'], ({ code, folder }) => {
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(readFileSync(join(folder, 'fct.jsonl'), 'utf8')), { case: 'two-links', flow: 0, release_s: 0, completion_s: 0.1, fct_s: 0.1 });
    const rows = readFileSync(join(folder, 'series.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Record<string, number>);
    // 40 ms at 1e11 bit/s carry 5e8 bytes; the last, shorter interval carries the remaining 2.5e8.
    assert.deepEqual(rows.filter((row) => row['link'] === 0).map((row) => Math.round(row['carried_bytes'] ?? 0)), [5e8, 5e8, 2.5e8]);
    assert.deepEqual(rows.filter((row) => row['priority'] === 0).map((row) => Math.round(row['sent_bytes'] ?? 0)), [5e8, 5e8, 2.5e8]);
  });
});

/** What an independent reader finds in a Parquet file. */
function readParquet(path: string): Promise<Record<string, unknown>[]> {
  const bytes = readFileSync(path);
  return parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) });
}

test('rows to a file named .parquet say the same as JSON Lines', async () => {
  const read: Promise<Record<string, unknown>[]>[] = [];
  withFile(JSON.stringify(caseOf({})), ['--fct', 'FOLDER/fct.parquet', '--series', 'FOLDER/series.parquet', '--sample', '40ms'], ({ code, folder }) => {
    assert.equal(code, 0);
    read.push(readParquet(join(folder, 'fct.parquet')), readParquet(join(folder, 'series.parquet')));
  });
  const [completions = [], series = []] = await Promise.all(read);
  assert.deepEqual(completions.map((row) => ({ ...row })), [{ case: 'two-links', flow: 0, release_s: 0, completion_s: 0.1, fct_s: 0.1 }]);
  // The same 5e8, 5e8 and 2.5e8 bytes, once for the link and once for its class; what is not said of a row is null.
  assert.deepEqual(series.map((row) => [row['link'], row['priority'], Math.round(Number(row['carried_bytes'] ?? row['sent_bytes']))]),
    [[0, null, 5e8], [null, 0, 5e8], [0, null, 5e8], [null, 0, 5e8], [0, null, 2.5e8], [null, 0, 2.5e8]]);
  assert.deepEqual(series.map((row) => row['active_flows']), [null, 1, null, 1, null, 0]);
});

const ring = { kind: 'ring-all-reduce', N: 4, message_bytes: 4, link_bps: 1, link_latency_s: 0 };

const bad: readonly (readonly [string, string, string, string])[] = [
  ['a NaN size', JSON.stringify(caseOf({ flows: [flow({ size_bytes: 'X' })] })).replace('"X"', 'NaN'), 'flows[0].size_bytes', 'not-a-number'],
  ['a negative size', JSON.stringify(caseOf({ flows: [flow({ size_bytes: -1 })] })), 'flows[0].size_bytes', 'out-of-range'],
  ['a duplicate flow id', JSON.stringify(caseOf({ flows: [flow({}), flow({})] })), 'flows[1].id', 'duplicate-id'],
  ['a duplicate node', JSON.stringify(caseOf({ nodes: ['a', 'b', 'c', 'a'] })), 'nodes[3]', 'duplicate-id'],
  ['an unknown link', JSON.stringify(caseOf({ flows: [flow({ path: [7] })] })), 'flows[0].path[0]', 'unknown-link'],
  ['a path that does not join', JSON.stringify(caseOf({ flows: [flow({ dst: 'c', path: [1] })] })), 'flows[0].path[0]', 'path-does-not-join'],
  ['a path that ends elsewhere', JSON.stringify(caseOf({ flows: [flow({ dst: 'c', path: [0] })] })), 'flows[0].path', 'path-does-not-join'],
  ['a disconnected demand', JSON.stringify(caseOf({ flows: [flow({ path: [] })] })), 'flows[0].path', 'disconnected'],
  ['an unknown node', JSON.stringify(caseOf({ flows: [flow({ src: 'z' })] })), 'flows[0].src', 'unknown-node'],
  ['a cycle of dependencies', JSON.stringify(caseOf({ flows: [flow({ after: [1] }), flow({ id: 1, after: [0] })] })), 'flows[1].after', 'cyclic-dependency'],
  ['a flow after itself', JSON.stringify(caseOf({ flows: [flow({ after: [0] })] })), 'flows[0].after[0]', 'cyclic-dependency'],
  ['a size whose bits no double counts', JSON.stringify(caseOf({ flows: [flow({ size_bytes: 1e308 })] })), 'flows[0].size_bytes', 'out-of-range'],
  ['a start whose nanoseconds are lost', JSON.stringify(caseOf({ flows: [flow({ start_s: 1e7 })] })), 'flows[0].start_s', 'out-of-range'],
  ['a weight beyond 10^12', JSON.stringify(caseOf({ flows: [flow({ weight: 1e300 })] })), 'flows[0].weight', 'out-of-range'],
  ['a weight below 10^-12', JSON.stringify(caseOf({ flows: [flow({ weight: 1e-300 })] })), 'flows[0].weight', 'out-of-range'],
  ['a misspelt key of a flow', JSON.stringify(caseOf({ flows: [flow({ prioritty: 1 })] })), 'flows[0].prioritty', 'unknown-key'],
  ['a misspelt key of a case', JSON.stringify(caseOf({ link_event: [] })), 'link_event', 'unknown-key'],
  ['a misspelt key of a generator', JSON.stringify({ cases: [{ generator: { ...ring, slow_lnk: 1 } }] }), 'cases[0].generator.slow_lnk', 'unknown-key'],
  ['an oversized family', JSON.stringify({ generator: { kind: 'star-all-to-all', N: 4, latency_s_per_link: 0, nic_bps: 1, size0: 1, m: 1e9, step: 1e9 } }), 'generator.step', 'out-of-range'],
  ['a list without cases', JSON.stringify({ schema: 'simcase/1-list', cases: [] }), 'cases', 'empty-list'],
  ['cases that are no list', JSON.stringify({ schema: 'simcase/1-list', cases: 3 }), 'cases', 'not-a-list'],
  ['a zero weight', JSON.stringify(caseOf({ flows: [flow({ weight: 0 })] })), 'flows[0].weight', 'out-of-range'],
  ['a negative capacity event', JSON.stringify(caseOf({ link_events: [{ t_s: 0, link: 0, bandwidth_bps: -5 }] })), 'link_events[0].bandwidth_bps', 'out-of-range'],
  ['an event of an unknown link', JSON.stringify(caseOf({ link_events: [{ t_s: 0, link: 9, bandwidth_bps: 5 }] })), 'link_events[0].link', 'unknown-link'],
  ['a missing list', JSON.stringify(caseOf({ links: undefined })), 'links', 'missing-field'],
  ['an unknown generator', JSON.stringify({ schema: 'simcase/1', name: 'x', generator: { kind: 'mesh', N: 4 } }), 'generator.kind', 'unknown-generator'],
  ['a generator without hosts', JSON.stringify({ schema: 'simcase/1', name: 'x', generator: { kind: 'star-all-to-all' } }), 'generator.N', 'missing-field'],
];

for (const [what, text, path, code] of bad) {
  test(`${what} is an issue at its place, with exit code 2`, () => {
    withFile(text, ['--json'], (ran) => {
      assert.equal(ran.code, 2);
      const { issues } = JSON.parse(ran.out) as { issues: { path: string; code: string; remedy: string }[] };
      const found = issues.find((issue) => issue.path === path && issue.code === code);
      assert.ok(found !== undefined, JSON.stringify(issues));
      assert.ok(found.remedy.length > 5);
    });
  });
}

test('a misspelt key is answered with the right one', () => {
  withFile(JSON.stringify(caseOf({ flows: [flow({ max_rate_bp: 1 })] })), [], ({ complaints }) => assert.match(complaints, /flows\[0\]\.max_rate_bp: .*Did you mean max_rate_bps\?/));
});

test('a small gzip file that unpacks to too much is an issue, found before the memory is filled', () => {
  // A gzip file may have several members, whose contents follow each other (RFC 1952, section 2.2).
  const member = gzipSync(new Uint8Array(unpackedBytesMax / 20));
  const read = parseSimCases(Buffer.concat(Array.from({ length: 21 }, () => member)), 'bomb.json.gz');
  assert.deepEqual(read.ok ? [] : read.issues.map(({ code, file }) => [code, file]), [['too-large', 'bomb.json.gz']]);
});

test('a file that is not JSON is an issue with line and column', () => {
  withFile('{\n "schema": oops\n}', [], ({ code, complaints }) => {
    assert.equal(code, 2);
    assert.match(complaints, /case\.json:2:\d+: .*\[not-json\]/);
  });
});

test('a large file that is not JSON is answered at once, without the search for the place', () => {
  // Every step of a search by halves would read half of these 120 MB again: some thirty times the time that is allowed here.
  const read = parseSimCases(Buffer.alloc(120_000_000, ' '), 'blank.json');
  assert.deepEqual(read.ok ? [] : read.issues.map(({ code, line }) => [code, line]), [['not-json', undefined]]);
});

test('a run that can never end says who waits for what, with exit code 1', () => {
  const stalled = caseOf({ flows: [flow({}), flow({ id: 1, after: [0] })], link_events: [{ t_s: 0, link: 0, bandwidth_bps: 0 }] });
  withFile(JSON.stringify(stalled), ['--json'], ({ code, out }) => {
    assert.equal(code, 1);
    const { refusal } = JSON.parse(out) as { refusal: { code: string; reasons: string[] } };
    assert.equal(refusal.code, 'stalled');
    assert.match(refusal.reasons[1] ?? '', /Flow 0 has 1000 bytes to send and waits for link 0, whose capacity is 0/);
    assert.match(refusal.reasons[2] ?? '', /Flow 1 waits for the completion of flow 0/);
  });
});

test('a missing file is an issue, not a crash', () => {
  const ran = spawnSync(process.execPath, [main, 'flows', 'no-such-case.json', '--json'], { encoding: 'utf8' });
  assert.equal(ran.status, 2);
  assert.match(ran.stdout, /missing-file/);
});

test('as many priorities are read as the engine has layers for', () => {
  assert.equal(casePrioritiesMax, prioritiesMax);
  const flows = Array.from({ length: prioritiesMax + 1 }, (_, id) => flow({ id, priority: id }));
  withFile(JSON.stringify(caseOf({ flows: flows.slice(1).map((each, id) => ({ ...each, id })) })), ['--json'], ({ code }) => assert.equal(code, 0));
  withFile(JSON.stringify(caseOf({ flows })), [], ({ code, complaints }) => {
    assert.equal(code, 2);
    assert.match(complaints, /too-many-priorities/);
  });
});

test('an interrupt ends the run with every row up to that moment', async () => {
  // 65,280 flows of 997 sizes take seconds; the interrupt comes as soon as the first rows are on disk.
  const generator = { kind: 'star-all-to-all', N: 256, latency_s_per_link: 0, nic_bps: 4e11, size0: 1e5, a: 7, b: 13, m: 997, step: 4096 };
  const folder = mkdtempSync(join(tmpdir(), 'heliostat-flows-'));
  try {
    writeFileSync(join(folder, 'case.json'), JSON.stringify({ schema: 'simcase/1', name: 'long', generator }));
    const rowsFile = join(folder, 'fct.jsonl');
    const child = spawn(process.execPath, [main, 'flows', join(folder, 'case.json'), '--json', '--fct', rowsFile, '--series', join(folder, 'series.parquet')]);
    let out = '';
    child.stdout.on('data', (data: Buffer) => { out += data.toString(); });
    const ended = new Promise<number | null>((resolve) => void child.on('close', resolve));
    while (!existsSync(rowsFile) || statSync(rowsFile).size === 0) await sleep(20);
    child.kill('SIGINT');
    assert.equal(await ended, 1);
    const answer = JSON.parse(out) as { stopped: boolean; fct_s: (number | null)[] };
    assert.equal(answer.stopped, true);
    const rows = readFileSync(rowsFile, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { flow: number; fct_s: number });
    assert.equal(rows.length, answer.fct_s.filter((fct) => fct !== null).length);
    assert.ok(rows.length > 0 && rows.length < 65_280);
    for (const row of rows) assert.equal(answer.fct_s[row.flow], row.fct_s);
    // The Parquet file has its footer, and says at least what the completed flows sent: no flow is smaller than size0.
    const series = await readParquet(join(folder, 'series.parquet'));
    const sentBytes = series.reduce((sum, row) => sum + Number(row['sent_bytes'] ?? 0), 0);
    assert.ok(sentBytes >= rows.length * 1e5, `${sentBytes} bytes for ${rows.length} completed flows`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
