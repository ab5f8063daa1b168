/** `heliostat policy`: shows the policy in force, checks a file, and puts another into force. */

import { parsePolicy } from '../../adapters/spec/policy.ts';
import { policyText } from '../../adapters/spec/write-policy.ts';
import { readFileText } from '../../adapters/spec/files.ts';
import type { Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { Policy } from '../../plan/policy.ts';
import { checkPolicy, defaultPolicy, unnamedTenant } from '../../plan/policy.ts';
import { showDone } from '../client/ask-options.ts';
import type { ServerOptions, Session } from '../client/server-options.ts';
import { reportProblem, serverHelp, show, withClient, withServer } from '../client/server-options.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { doneSchema, policyViewSchema } from '../contract/operate.ts';
import type { Terminal } from '../terminal.ts';

interface SetOptions extends ServerOptions {
  readonly dryRun?: true;
}

/** The text of a policy file that holds together, with the policy that it states. */
function readFile(file: string): Parsed<{ readonly text: string; readonly policy: Policy }> {
  const found = readFileText(file);
  if (!found.ok) return found;
  const { text } = found.value;
  const policy = parsePolicy(text, file, { base: defaultPolicy, unnamedTenant, check: checkPolicy });
  return policy.ok ? parsed({ text, policy: policy.value }) : policy;
}

function check(terminal: Terminal, file: string, json: boolean): ExitCode {
  const read = readFile(file);
  if (!read.ok) return reportIssues(terminal, read.issues, { json });
  if (json) terminal.printJson({ schema: 'heliostat/policy-check/1', file, policy: read.value.policy, issues: [] });
  else terminal.print(`${file}: the policy ${read.value.policy.name} holds together; "heliostat policy set ${file}" puts it into force.`);
  return 0;
}

async function set(session: Session, file: string, isDry: boolean): Promise<ExitCode> {
  const { client, terminal } = session;
  const read = readFile(file);
  if (!read.ok) return reportIssues(terminal, read.issues, session);
  const now = await client.get('/api/v1/policies', policyViewSchema);
  if (!now.ok) return reportProblem(terminal, now.problem, session);
  return showDone(session, 'heliostat/policy-set/1', await client.write({ method: 'PUT', path: '/api/v1/policies', answer: doneSchema, body: { policy: read.value.text }, version: now.value.version, isDry }));
}

export const policyCommand: CommandModule = {
  register(program, terminal, finish) {
    const policy = program.command('policy').summary('show, check and set the policy').description('Policy is data: classes, margins, the order of the ladder, limits and costs.').addHelpText('after', `
Examples:
  heliostat policy get > mine.yaml
  heliostat policy check examples/policy.yaml
  heliostat policy set examples/policy.yaml --dry-run
${serverHelp}`);
    withServer(policy.command('get', { isDefault: true }).summary('the policy in force')
      .description('The policy in force as a Policy file, which "policy set" takes again; --json gives every figure in ns, dB, shares and numbers.'))
      .addHelpText('after', '\nExamples:\n  heliostat policy get\n  heliostat policy get --json')
      .action(async (options: ServerOptions) => finish(await withClient(options, terminal, async (session) => show(session, await session.client.get('/api/v1/policies', policyViewSchema), {
        schema: 'heliostat/policy/1', text: (view) => `# in force since entry ${view.version}\n${policyText(view.policy as unknown as Policy)}`.trimEnd(),
      }))));
    withServer(policy.command('set').summary('put a policy into force').description('Puts a Policy file into force: what it states over the default. Refused with every contradiction.')
      .argument('<file>', 'Policy file (YAML)'))
      .option('--dry-run', 'say what would happen and change nothing').addHelpText('after', '\nExamples:\n  heliostat policy set examples/policy.yaml --dry-run')
      .action(async (file: string, options: SetOptions) => finish(await withClient(options, terminal, (session) => set(session, file, options.dryRun === true))));
    policy.command('check').summary('check a policy file').description('Checks a Policy file without a server.').argument('<file>', 'Policy file (YAML)').option('--json', 'print one JSON document')
      .addHelpText('after', '\nExamples:\n  heliostat policy check examples/policy.yaml')
      .action((file: string, options: { readonly json?: true }) => finish(check(terminal, file, options.json === true)));
  },
};
