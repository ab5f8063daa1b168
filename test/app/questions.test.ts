/**
 * `heliostat questions` as a user runs it, and the page that shows it: every command printed on docs/questions.md is run and must
 * print what the page says. `node test/app/questions.test.ts --update` writes the page and its pictures anew.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = `${root}docs/questions.md`;
const pictures = ['questions-gpus.svg', 'questions-cost.svg', 'questions-latency.svg'];

interface Ran { readonly code: number | null; readonly stdout: string; readonly stderr: string }

function run(...args: readonly string[]): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['src/app/main.ts', ...args], { cwd: root, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' }, maxBuffer: 1e9 });
  return { code: status, stdout, stderr };
}

const block = /```text\n\$ heliostat ([^\n]+)\n([\s\S]*?)```/g;

/** The page with the output of each command under it. Commands that ask questions also draw, into `folder`. */
function freshPage(text: string, folder: string): string {
  return text.replace(block, (_, command: string) => {
    const args = command.split(' ');
    const { code, stdout, stderr } = run(...args, ...(args[0] === 'questions' ? ['--pictures', folder] : []));
    assert.equal(code, 0, stderr);
    return `\`\`\`text\n$ heliostat ${command}\n${stdout.trimEnd()}\n\`\`\``;
  });
}

if (process.argv.includes('--update')) writeFileSync(page, freshPage(readFileSync(page, 'utf8'), `${root}docs/images`));

test('The page on what things are worth prints and draws what its commands print and draw', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'heliostat-questions-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const text = readFileSync(page, 'utf8');
  assert.equal([...text.matchAll(block)].length, 3);
  assert.equal(text, freshPage(text, folder));
  for (const file of pictures) {
    assert.equal(readFileSync(join(folder, file), 'utf8'), readFileSync(`${root}docs/images/${file}`, 'utf8'), file);
    assert.ok(text.includes(`images/${file}`));
  }
});

test('Every problem of the options is listed with its place, exit code 2', () => {
  const { code, stdout } = run('questions', 'examples/sensitivity.yaml', '--choice', 'dsp', '--years', '0', '--electricity', 'cheap', '--json');
  assert.equal(code, 2);
  const { issues } = JSON.parse(stdout) as { issues: { code: string; path: string }[] };
  assert.deepEqual(issues.map((issue) => [issue.code, issue.path]), [['unknown-name', '--choice'], ['out-of-range', '--years'], ['out-of-range', '--electricity']]);
});
