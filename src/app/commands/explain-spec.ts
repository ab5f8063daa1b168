/** `heliostat explain-spec`: every value of a spec that is in force, and where it came from. */

import type { ValueInForce } from '../../adapters/spec/explain.ts';
import { explainSpec } from '../../adapters/spec/explain.ts';
import type { Spec } from '../../adapters/spec/spec.ts';
import { readSpec } from '../../adapters/spec/study.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import type { Terminal } from '../terminal.ts';
import { cellWidth, cleanText } from '../text-table.ts';

interface ExplainOptions {
  readonly json?: true;
  readonly only?: string;
}

const originNames = ['file', 'default', 'derived', 'preset'] as const;

const examples = `
Examples:
  heliostat explain-spec examples/cluster-1024.yaml            every value in force and where it came from
  heliostat explain-spec examples/optics-choice.yaml           a study, with the cluster and workloads it names
  heliostat explain-spec CLUSTER.yaml --only default           only what the file leaves to defaults
  heliostat explain-spec CLUSTER.yaml --json                   one JSON document

A value comes from a file (file:line:column), a default, a rule (derived, with what it used) or a preset (with its source).
Exit code 0: done; 2: bad input, every problem listed with its place.`;

/** Where a value came from, on one line. */
function whence(value: ValueInForce): string {
  if (value.place !== null) return `${value.place.file}:${value.place.line}:${value.place.column}`;
  return value.from === '' ? value.origin : `${value.origin}: ${value.from}`;
}

/** Wider values push what follows to the right instead of widening every line. */
const valueWidthMax = 36;

function printValues(terminal: Terminal, spec: Spec, values: readonly ValueInForce[]): void {
  const { bold, dim } = terminal.colours;
  const rows = values.map((value) => ({ path: cleanText(value.path), value: cleanText(value.value), whence: cleanText(whence(value)) }));
  const pathWidth = Math.max(0, ...rows.map((row) => cellWidth(row.path)));
  const valueWidth = Math.min(valueWidthMax, Math.max(0, ...rows.map((row) => cellWidth(row.value))));
  terminal.print(bold(`${spec.kind} ${cleanText(spec.name)}: ${values.length} values in force`));
  for (const row of rows) {
    const path = row.path + ' '.repeat(pathWidth - cellWidth(row.path));
    const value = row.value + ' '.repeat(Math.max(0, valueWidth - cellWidth(row.value)));
    terminal.print(`${path}  ${value}  ${dim(row.whence)}`);
  }
}

function explain(terminal: Terminal, file: string, options: ExplainOptions): ExitCode {
  const json = options.json === true;
  if (options.only !== undefined && !originNames.some((name) => name === options.only)) {
    return reportIssues(terminal, [{ code: 'unknown-choice', message: 'A value comes from none such', remedy: `Choose one of: ${originNames.join(', ')}`, path: '--only', value: options.only }], { json });
  }
  const spec = readSpec(file);
  if (!spec.ok) return reportIssues(terminal, spec.issues, { json });
  const values = explainSpec(spec.value).filter((value) => options.only === undefined || value.origin === options.only);
  if (json) terminal.printJson({ schema: 'heliostat/explain-spec/1', file, kind: spec.value.kind, name: spec.value.name, values });
  else printValues(terminal, spec.value, values);
  return 0;
}

export const explainSpecCommand: CommandModule = {
  register(program, terminal, finish) {
    program
      .command('explain-spec')
      .description('show every value of a spec that is in force and where it came from')
      .argument('<file>', 'a Cluster, Workload or Study file')
      .option('--only <origin>', `only values of one origin: ${originNames.join(', ')}`)
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((file: string, options: ExplainOptions) => finish(explain(terminal, file, options)));
  },
};
