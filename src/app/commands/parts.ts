/** `heliostat parts`: lists the catalogue, or what in it contradicts itself or is missing. */

import { readCatalogue } from '../../adapters/parts-file.ts';
import { nearestNames } from '../../base/nearest-name.ts';
import type { Finding } from '../../optics/catalogue/audit.ts';
import { audit } from '../../optics/catalogue/audit.ts';
import type { Part } from '../../optics/part.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { countText } from '../number-text.ts';
import { partSummary } from '../part-page.ts';
import type { Terminal } from '../terminal.ts';
import { cleanText, wrapText } from '../text-table.ts';
import { collect } from './part.ts';

interface PartsOptions {
  readonly json?: true;
  readonly kind?: string;
  readonly audit?: true;
  readonly parts: readonly string[];
}

const examples = `
Examples:
  heliostat parts                         the catalogue by kind
  heliostat parts --kind cpo --json       one kind, as JSON
  heliostat parts --audit                 contradictions and gaps in the figures
  heliostat parts --parts prices.yaml     with your own parts and prices laid over it

A parts file is YAML:
  kind: Parts
  parts:
    dr8-800g:
      params:
        cost_per_gbps: { value: 0.42, unit: $/Gb/s (2027), kind: measured, source: our contract }
        power_typ: 14.2                 # a bare number keeps the unit and counts as an estimate
    house-optic: { like: lpo-800g, name: House optic, params: { power: { range: [5, 6], kind: measured, source: our laboratory } } }`;

function listParts(terminal: Terminal, parts: readonly Part[]): void {
  const { bold, dim } = terminal.colours;
  const width = Math.max(...parts.map(({ id }) => id.length));
  for (const kind of new Set(parts.map((part) => part.kind))) {
    terminal.print(bold(kind));
    for (const part of parts.filter((candidate) => candidate.kind === kind)) {
      const known = Object.values(part.params).filter((param) => param.kind !== 'estimate').length;
      const total = Object.keys(part.params).length;
      terminal.print(`  ${part.id.padEnd(width)}  ${cleanText(part.name)} (${part.year})  ${dim(`${known} of ${total} figures sourced`)}`);
    }
  }
  terminal.complain(`\n${countText(parts.length, 'part')}. One in full: heliostat part ID`);
}

function listFindings(terminal: Terminal, findings: readonly Finding[]): void {
  const { bold, dim } = terminal.colours;
  for (const kind of ['contradiction', 'gap'] as const) {
    const members = findings.filter((finding) => finding.kind === kind);
    terminal.print(bold(countText(members.length, kind)));
    for (const { partId, parameters, message } of members) {
      terminal.print(`  ${partId}  ${dim(parameters.join(', '))}`);
      for (const line of wrapText(message, Math.max(40, terminal.columns - 4))) terminal.print(`    ${line}`);
    }
  }
}

function runParts(terminal: Terminal, options: PartsOptions): ExitCode {
  const json = options.json === true;
  const catalogue = readCatalogue(options.parts);
  if (!catalogue.ok) return reportIssues(terminal, catalogue.issues, { json });
  const kinds = [...new Set(catalogue.value.parts.map((part) => part.kind))];
  const { kind } = options;
  if (kind !== undefined && !kinds.includes(kind)) {
    const near = nearestNames(kind, kinds);
    const remedy = near.length > 0 ? `Did you mean ${near.join(', ')}?` : `Choose one of ${kinds.join(', ')}`;
    return reportIssues(terminal, [{ code: 'unknown-kind', message: 'No part is of this kind', remedy, path: '--kind', value: kind }], { json });
  }
  const parts = catalogue.value.parts.filter((part) => kind === undefined || part.kind === kind);
  if (options.audit === true) {
    const wanted = new Set(parts.map(({ id }) => id));
    const findings = audit(catalogue.value).filter(({ partId }) => wanted.has(partId));
    if (json) terminal.printJson({ findings });
    else listFindings(terminal, findings);
  } else if (json) terminal.printJson(parts.map(partSummary));
  else listParts(terminal, parts);
  return 0;
}

export const partsCommand: CommandModule = {
  register(program, terminal, finish) {
    program
      .command('parts')
      .description('list the parts catalogue, or its contradictions and gaps')
      .option('--kind <kind>', 'only parts of this kind')
      .option('--audit', 'list contradictions and gaps instead')
      .option('--parts <file>', 'YAML file with your own parts or prices; may be repeated', collect, [])
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((options: PartsOptions) => finish(runParts(terminal, options)));
  },
};
