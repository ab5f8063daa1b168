/** Completion as shells do it: the scripts are sourced by the shells themselves and asked what they would offer. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { packageTest } from '../../packages.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'heliostat-completion-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const heliostat = (...words: readonly string[]): ReturnType<typeof spawnSync> => spawnSync(process.execPath, [join(root, 'src/app/main.ts'), ...words], { encoding: 'utf8' });

/** The script of a shell in a file. */
function script(shell: string): string {
  const made = heliostat('completion', shell);
  assert.equal(made.status, 0, String(made.stderr));
  const file = join(folder, `_heliostat.${shell}`);
  writeFileSync(file, String(made.stdout));
  return file;
}

const lines = (shell: string, args: readonly string[]): readonly string[] => {
  const run = spawnSync(shell, args, { cwd: root, encoding: 'utf8' });
  assert.equal(run.stderr, '');
  return run.stdout.trimEnd().split('\n');
};

packageTest('bash completes commands, their commands, their options and files', 'bash', (bash) => {
  const file = script('bash');
  const offered = (...words: readonly string[]): readonly string[] =>
    lines(bash, ['-c', `source ${file}; COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _heliostat; printf '%s\\n' "\${COMPREPLY[@]}"`, 'complete', 'heliostat', ...words]);
  assert.deepEqual(offered('what'), ['whatif']);
  assert.deepEqual(offered('lease', ''), ['list', 'show', 'ask', 'renew', 'release']);
  assert.deepEqual(offered('lease', 'ask', '--f'), ['--from', '--floor', '--for']);
  assert.deepEqual(offered('policy', 'check', 'examples/pol'), ['examples/policy.yaml']);
  assert.deepEqual(offered('policy', 'get', '--token-file', 'examples/pol'), ['examples/policy.yaml']);
  // Closed lists are offered, and a component of the server is no file.
  assert.deepEqual(offered('events', '--level', ''), ['info', 'notice', 'warning', 'alarm']);
  assert.deepEqual(offered('lease', 'ask', '--class', 'all'), ['allReduce', 'allToAll']);
  assert.deepEqual(offered('completion', ''), ['bash', 'zsh', 'fish']);
  assert.deepEqual(offered('drain', ''), ['']);
});

packageTest('fish completes with what each word means', 'fish', (fish) => {
  const file = script('fish');
  const offered = (typed: string): readonly string[] => lines(fish, ['--no-config', '-c', `source ${file}; complete -C '${typed}'`]);
  assert.deepEqual(offered('heliostat lease re').toSorted(), ['release\tgive a lease back', 'renew\tlet a lease stand longer']);
  assert.deepEqual(offered('heliostat repair start --no'), ['--note\tfor the audit']);
  assert.deepEqual(offered('heliostat events --level w'), ['warning\tthis and above: info, notice, warning, alarm']);
  assert.deepEqual(offered('heliostat completion '), ['bash', 'fish', 'zsh']);
  assert.deepEqual(offered('heliostat drain '), ['']);
});

packageTest('zsh takes the script and offers the commands of a command', 'zsh', (zsh) => {
  const file = script('zsh');
  const asked = join(folder, 'ask.zsh');
  writeFileSync(asked, [
    'compdef() { : }', `source ${file}`, '_describe() { [[ $1 == -o ]] && shift; print -l -- "${(@P)2}" }', '_files() { print files }',
    'words=(heliostat lease ""); CURRENT=3; _heliostat', 'words=(heliostat policy check ""); CURRENT=4; _heliostat',
    'words=(heliostat token create --role ""); CURRENT=5; _heliostat', 'words=(heliostat drain ""); CURRENT=3; _heliostat', 'words=(heliostat completion ""); CURRENT=3; _heliostat',
  ].join('\n'));
  assert.deepEqual(lines(zsh, ['-f', asked]), ['list:leases that stand', 'show:one lease with its paths', 'ask:ask for light', 'renew:let a lease stand longer', 'release:give a lease back', 'files',
    'viewer', 'scheduler', 'operator', 'admin', 'bash', 'zsh', 'fish']);
});

test('another shell is refused with those that are known', () => {
  const run = heliostat('completion', 'tcsh');
  assert.equal(run.status, 2);
  assert.match(String(run.stderr), /Write one of bash, zsh, fish \[unknown-shell\]/);
});
