/** `heliostat twin` as a process: ready line, files of the owner alone, injection, clean end, and clear words for what cannot start. */

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const example = 'examples/fabrics/ocs-rails.yaml';

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const heliostat = (...words: readonly string[]): Promise<Ended> => new Promise((resolve) => {
  execFile(process.execPath, ['src/app/main.ts', ...words], { cwd: root, timeout: 60_000 }, (fault, stdout, stderr) => {
    resolve({ code: typeof fault?.code === 'number' ? fault.code : fault === null ? 0 : -1, stdout, stderr });
  });
});

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'heliostat-twin-'));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Starts a twin and waits for its first line. */
async function startTwin(folder: string): Promise<{ readonly child: ChildProcess; readonly line: string; readonly port: string }> {
  const child = spawn(process.execPath, ['src/app/main.ts', 'twin', example, '--port', '0', '--data', folder], { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] });
  const line = String((await createInterface(child.stdout)[Symbol.asyncIterator]().next()).value);
  return { child, line, port: /:(\d+)$/.exec(line)?.[1] ?? '' };
}

test('a twin says where it is ready, keeps its keys to its owner, takes faults, and ends cleanly when interrupted', () => inFolder(async (folder) => {
  const { child, line, port } = await startTwin(folder);
  assert.match(line, /^ready grpcs:\/\/127\.0\.0\.1:\d+$/);
  const files = readdirSync(join(folder, 'tls'));
  assert.equal(files.length, 10);
  for (const file of files) assert.equal(statSync(join(folder, 'tls', file)).mode & 0o777, 0o600, file);
  const done = await heliostat('twin', 'inject', 'rack0', 'warm', '--by', '6K', '--data', folder, '--json');
  const document = JSON.parse(done.stdout) as { schema: string; by: number; unit: string; reached: string[] };
  assert.deepEqual([done.code, document.schema, document.by, document.unit], [0, 'heliostat/twin-inject/1', 6, 'K']);
  assert.ok(document.reached.length > 0 && document.reached.every((name) => name.startsWith('site0/row0/rack0/')));
  for (const [words, code, said] of [
    [['nowhere', 'warm', '--by', '6K'], 2, /unknown-device/], [['rack0', 'melt'], 2, /unknown-fault/], [['rack0', 'warm'], 2, /missing-amount/], [['rack0', 'warm', '--by', '6'], 2, /not-a-quantity/],
    [['rack0', 'warm', '--by', '900K'], 2, /bad-amount/], [['rack0', 'dead', '--by', '6K'], 2, /needless-amount/],
  ] as const) {
    const refused = await heliostat('twin', 'inject', ...words, '--data', folder);
    assert.equal(refused.code, code, words.join(' '));
    assert.match(refused.stderr, said);
  }
  const second = await heliostat('twin', example, '--port', port, '--data', folder);
  assert.equal(second.code, 2);
  assert.match(second.stderr, /Port \d+ of 127\.0\.0\.1 is taken.*--port/);
  child.kill('SIGINT');
  const [code] = await once(child, 'exit') as [number];
  assert.equal(code, 0);
  assert.equal(existsSync(join(folder, 'twin.address')), false);
  const late = await heliostat('twin', 'inject', 'rack0', 'clear', '--data', folder, '--port', port);
  assert.equal(late.code, 1);
  assert.match(late.stderr, /twin-unreachable/);
}));

test('certificates that do not belong together stop the start with one line and a remedy, and stay as they are', () => inFolder(async (folder) => {
  const { child } = await startTwin(folder);
  child.kill('SIGTERM');
  assert.equal(((await once(child, 'exit')) as [number])[0], 0);
  copyFileSync(join(folder, 'tls', 'admin.key'), join(folder, 'tls', 'server.key'));
  const refused = await heliostat('twin', example, '--port', '0', '--data', folder);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /^\S*server\.key: The key does not belong to its certificate\. Move the folder .* away; .* \[certificate-key-mismatch\]\n$/);
}));

test('a cluster that does not compile is told by its issues', async () => {
  const refused = await heliostat('twin', 'examples/no-such-file.yaml', '--json');
  assert.equal(refused.code, 2);
  assert.ok((JSON.parse(refused.stdout) as { issues: unknown[] }).issues.length > 0);
});
