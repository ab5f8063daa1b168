/** Runs every check and ends with one line that counts them: types of all rooms, the house tests, everything else, and the browser by itself. */

import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const testFileTimeoutMs = 10 * 60_000;

/** With this variable set, a missing package is a failure and only a missing ../shared may skip. */
const packagesRequired = process.env['HELIOSTAT_REQUIRE_PACKAGES'] === '1';

interface Count { passed: number; failed: number; skipped: number }

/** Compiles one project without output; a compiler error counts as one failed test. */
function typecheck(config: string, count: Count): void {
  const compiled = spawnSync(`${root}node_modules/.bin/tsc`, ['-p', `${root}${config}`], { stdio: 'inherit' });
  const passed = compiled.status === 0;
  console.log(`${passed ? '✔' : '✖'} ${config} compiles`);
  if (passed) count.passed++;
  else count.failed++;
}

/** Runs test files, some side by side, and counts leaf tests. Reads the reporter to its end so that no line is lost. */
async function runFiles(files: readonly string[], count: Count, concurrency = 2): Promise<void> {
  if (files.length === 0) return;
  const events = run({ files: [...files], concurrency, timeout: testFileTimeoutMs });
  events.on('test:pass', (event) => {
    if (event.details.type === 'suite') return;
    if (event.skip === undefined) count.passed++;
    else if (packagesRequired && !String(event.skip).includes('../shared')) {
      count.failed++;
      console.log(`✖ ${event.name}: skipped, but packages are required here (${String(event.skip)})`);
    } else count.skipped++;
  });
  events.on('test:fail', (event) => {
    if (event.details.type !== 'suite') count.failed++;
  });
  for await (const text of events.compose(spec)) process.stdout.write(text as string);
}

const count: Count = { passed: 0, failed: 0, skipped: 0 };
const only = process.argv.slice(2);
if (only.length === 0) {
  typecheck('tsconfig.json', count);
  typecheck('tsconfig.pure.json', count);
  const houseFiles = globSync('test/house/*.test.ts', { cwd: root }).sort();
  const browserFiles = globSync('test/ui/*.test.ts', { cwd: root }).sort();
  const otherFiles = globSync('test/**/*.test.ts', { cwd: root }).filter((path) => !houseFiles.includes(path) && !browserFiles.includes(path)).sort();
  await runFiles(houseFiles.map((path) => `${root}${path}`), count);
  await runFiles(otherFiles.map((path) => `${root}${path}`), count);
  // A browser, a server and its emulated devices are three busy processes: beside other tests they would measure the machine.
  await runFiles(browserFiles.map((path) => `${root}${path}`), count, 1);
} else {
  await runFiles(only, count);
}
console.log(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exitCode = count.failed === 0 && count.passed > 0 ? 0 : 1;
