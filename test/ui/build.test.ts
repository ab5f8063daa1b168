/** The browser application compiles under its own configuration, builds, and carries everything it needs with it. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ensureUi } from '../../scripts/build-ui.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

test('the browser application compiles', () => {
  const compiled = spawnSync(`${root}node_modules/.bin/tsc`, ['-p', `${root}ui/tsconfig.json`], { encoding: 'utf8' });
  assert.equal(compiled.stdout, '');
  assert.equal(compiled.status, 0);
});

test('the build is one page with its assets beside it: no inline script or style, nothing from elsewhere', async () => {
  const folder = await ensureUi();
  const page = readFileSync(`${folder}/index.html`, 'utf8');
  assert.doesNotMatch(page, /<style|<script(?![^>]*src=)|https?:/);
  const assets = readdirSync(`${folder}/assets`);
  assert.deepEqual(assets.filter((name) => !/\.(?:js|css|svg)$/.test(name)), []);
  for (const name of assets.filter((asset) => asset.endsWith('.css'))) assert.doesNotMatch(readFileSync(`${folder}/assets/${name}`, 'utf8'), /url\((?!["']?data:)|@import/);
});
