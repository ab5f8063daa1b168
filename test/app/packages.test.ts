/** The switch between skipping and failing where an outside program is missing. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findCommand, requireVariable } from '../packages.ts';

test('a command is found on PATH, and one that nobody installed is not', () => {
  assert.match(findCommand('sh') ?? '', /\/sh$/);
  assert.equal(findCommand('heliostat-has-no-such-command'), null);
});

test('a test whose program is missing skips with the remedy, and fails where packages are required', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heliostat-packages-'));
  try {
    const packages = fileURLToPath(new URL('../packages.ts', import.meta.url));
    const file = join(folder, 'missing.test.mjs');
    writeFileSync(file, `import { packageTest } from ${JSON.stringify(packages)};\npackageTest('needs it', 'heliostat-has-no-such-command', () => {});\n`);
    const { NODE_TEST_CONTEXT: _, [requireVariable]: __, ...environment } = process.env;
    const run = (required: string) => spawnSync(process.execPath, ['--test', file], { env: { ...environment, [requireVariable]: required }, encoding: 'utf8' });
    const optional = run('');
    assert.equal(optional.status, 0);
    assert.match(optional.stdout, /needs it.*SKIP|# heliostat-has-no-such-command is not on PATH/);
    const required = run('1');
    assert.equal(required.status, 1);
    assert.match(required.stdout, /scripts\/install-test-packages\.sh installs it/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
