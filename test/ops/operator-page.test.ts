/** The operator's guide: every command in its blocks runs against a real server as it stands there, and every link leads somewhere. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { completionCommand } from '../../src/app/commands/completion.ts';
import { drainCommand } from '../../src/app/commands/drain.ts';
import { eventsCommand } from '../../src/app/commands/events.ts';
import { explainCommand } from '../../src/app/commands/explain.ts';
import { jobsCommand } from '../../src/app/commands/jobs.ts';
import { leaseCommand } from '../../src/app/commands/lease.ts';
import { policyCommand } from '../../src/app/commands/policy.ts';
import { repairCommand } from '../../src/app/commands/repair.ts';
import { statusCommand } from '../../src/app/commands/status.ts';
import { topCommand } from '../../src/app/commands/top.ts';
import { whatifCommand } from '../../src/app/commands/whatif.ts';
import { healthNames } from '../../src/control/fact.ts';
import { runCommand } from '../app/run-command.ts';
import { removeFolder, startSmall, temporaryFolder } from '../app/server/server-process.ts';

const modules = [completionCommand, drainCommand, eventsCommand, explainCommand, jobsCommand, leaseCommand, policyCommand, repairCommand, statusCommand, topCommand, whatifCommand];
const root = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(join(root, 'docs/operator.md'), 'utf8');
const anchors = new Set([...page.matchAll(/^#+ (.+)$/gm)].map((match) => (match[1] ?? '').toLowerCase().replaceAll(' ', '-').replace(/[^\w-]/g, '')));

test('links within the page and to files lead somewhere', () => {
  for (const [, target = ''] of page.matchAll(/\]\(([^)]+)\)/g)) {
    if (target.startsWith('#')) assert.ok(anchors.has(target.slice(1)), target);
    else assert.ok(existsSync(join(root, 'docs', target)), target);
  }
});

test('the runbook has a section for every alarm that the server raises', () => {
  const raised = [...healthNames.filter((name) => name !== 'sound').map((name) => `component-${name}`), 'device-silent', 'device-lying'];
  assert.deepEqual(raised.filter((anchor) => !anchors.has(anchor)), []);
});

/** Words of a command line as a shell parts them, without what it redirects. */
const wordsOf = (line: string): readonly string[] => [...line.replace(/ > \S+$/, '').matchAll(/"([^"]*)"|(\S+)/g)].map(([, inQuotes, bare]) => inQuotes ?? bare ?? '');

test('every command of the page ends well on a running server', async () => {
  const data = temporaryFolder();
  const server = await startSmall(data);
  const env = { ...process.env, HELIOSTAT_SERVER: server.url };
  try {
    const commands = new Set([...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) => block.trimEnd().split('\n')));
    assert.ok(commands.size > 25);
    for (const command of commands) {
      const [program, ...words] = wordsOf(command);
      if (program !== 'heliostat') {
        const run = spawnSync('/bin/sh', ['-c', command], { encoding: 'utf8', env });
        assert.equal(run.status, 0, `${command}\n${run.stderr}`);
        continue;
      }
      const run = await runCommand(modules, ...words, ...(words[0] === 'completion' ? [] : ['--server', server.url, '--data', data]));
      assert.equal(run.code, 0, `${command}\n${run.stderr}`);
    }
  } finally {
    await server.stop();
    removeFolder(data);
  }
});
