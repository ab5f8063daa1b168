/** The packed package, installed in an empty folder, runs the command line and the shipped example. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Runs a command to its end and returns its output; fails the test with that output when it exits otherwise than expected. */
function runIn(folder: string, command: readonly string[], expectedStatus = 0): string {
  const [file = '', ...args] = command;
  const result = spawnSync(file, args, { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  assert.equal(result.status, expectedStatus, `${command.join(' ')}\n${result.stdout}\n${result.stderr}`);
  return result.stdout;
}

test('the packed package installs in an empty folder and answers there', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heliostat-package-'));
  try {
    runIn(root, ['npm', 'pack', '--silent', '--pack-destination', folder]);
    const archive = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
    runIn(folder, ['npm', 'init', '--yes', '--silent']);
    runIn(folder, ['npm', 'install', '--silent', '--prefer-offline', '--no-audit', '--no-fund', join(folder, archive)]);
    const heliostat = join(folder, 'node_modules', '.bin', 'heliostat');
    assert.match(runIn(folder, [heliostat, '--help']), /Usage: heliostat/);
    const part = JSON.parse(runIn(folder, [heliostat, 'part', 'dr8-800g', '--json'])) as { id: string };
    assert.equal(part.id, 'dr8-800g');
    runIn(folder, [heliostat, 'no-such-command'], 2);
    assert.ok(existsSync(join(folder, 'node_modules', 'heliostat', 'examples', 'optics-choice.yaml')));
    assert.ok(!existsSync(join(folder, 'node_modules', 'heliostat', 'src')), 'sources are not published');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
