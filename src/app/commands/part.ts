/** `heliostat part ID`: every figure of one part with unit, evidence and source. */

import { readCatalogue } from '../../adapters/parts-file.ts';
import { requirePart } from '../../optics/catalogue/catalogue.ts';
import type { Part } from '../../optics/part.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { partRecord, valueText } from '../part-page.ts';
import type { Terminal } from '../terminal.ts';
import { cleanText, wrapText } from '../text-table.ts';

interface PartOptions {
  readonly json?: true;
  readonly parts: readonly string[];
}

const examples = `
Examples:
  heliostat part dr8-800g                       every figure with unit, evidence and source
  heliostat part dr8-800g --json                the same as one JSON document
  heliostat part dr8-800g --parts prices.yaml   with your own figures laid over it

Evidence: measured (somebody's instrument), published (a source states it; often a vendor's claim), estimate (reasoned, no source).
A note "recalled" means that the source was not read again when the figure was entered.`;

/** Repeats one option into a list. */
export const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

function printPart(terminal: Terminal, part: Part): void {
  const { bold, dim, yellow } = terminal.colours;
  terminal.print(`${bold(part.id)}  ${cleanText(part.name)} (${part.kind}, ${part.vendor === undefined ? '' : `${cleanText(part.vendor)}, `}${part.year})`);
  const width = Math.max(4, ...Object.keys(part.params).map((name) => name.length));
  const indent = ' '.repeat(width + 4);
  const room = Math.max(30, terminal.columns - indent.length);
  for (const [name, param] of Object.entries(part.params)) {
    const unit = param.unit === '' ? '' : ` ${cleanText(param.unit)}`;
    terminal.print(`  ${name.padEnd(width)}  ${cleanText(valueText(param))}${unit}`);
    const grade = param.kind === 'estimate' ? yellow(param.kind) : param.kind;
    const note = param.note === undefined ? '' : ` (${cleanText(param.note)})`;
    const lines = wrapText(`${cleanText(param.source)}${note}`, room - param.kind.length - 2);
    lines.forEach((line, at) => terminal.print(`${indent}${at === 0 ? `${grade}: ` : ' '.repeat(param.kind.length + 2)}${dim(line)}`));
  }
}

function runPart(terminal: Terminal, id: string, options: PartOptions): ExitCode {
  const json = options.json === true;
  const catalogue = readCatalogue(options.parts);
  if (!catalogue.ok) return reportIssues(terminal, catalogue.issues, { json });
  const part = requirePart(catalogue.value, id);
  if (!part.ok) return reportIssues(terminal, part.issues, { json });
  if (json) terminal.printJson(partRecord(part.value));
  else printPart(terminal, part.value);
  return 0;
}

export const partCommand: CommandModule = {
  register(program, terminal, finish) {
    program
      .command('part')
      .description('show every figure of one part with unit, evidence and source')
      .argument('<id>', 'part id, as `heliostat parts` lists them')
      .option('--parts <file>', 'YAML file with your own parts or prices; may be repeated', collect, [])
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((id: string, options: PartOptions) => finish(runPart(terminal, id, options)));
  },
};
