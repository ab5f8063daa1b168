/** `heliostat link PART`: one link's budget stage by stage, and what it means for bits, time and energy. */

import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import { isRefusal } from '../../base/refusal.ts';
import type { DimensionName } from '../../adapters/quantity.ts';
import { parseQuantity } from '../../adapters/quantity.ts';
import { readCatalogue } from '../../adapters/parts-file.ts';
import { absoluteZeroC } from '../../base/constants.ts';
import type { Catalogue } from '../../optics/catalogue/catalogue.ts';
import { requirePart } from '../../optics/catalogue/catalogue.ts';
import { evaluateLink } from '../../optics/link/evaluate-link.ts';
import type { LinkRequest } from '../../optics/link/request.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { linkPage } from '../link-page.ts';
import type { Terminal } from '../terminal.ts';
import { collect } from './part.ts';

interface LinkOptions {
  readonly json?: true;
  readonly length: string;
  readonly connectors: string;
  readonly temperature: string;
  readonly ocs?: string;
  readonly bidirectional?: true;
  readonly far?: string;
  readonly laser?: string;
  readonly fibre?: string;
  readonly extraLoss?: string;
  readonly typical?: true;
  readonly parts: readonly string[];
}

const examples = `
Examples:
  heliostat link dr8-800g --length 30m                          the budget of a pluggable over 30 m
  heliostat link nv-quantum-x-photonics --length 100m --temperature 50C --json
  heliostat link fr4-400g --length 200m --ocs google-palomar --bidirectional
  heliostat link dr8-800g --far bcm-bailly --length 50m          a pluggable facing a co-packaged switch
  heliostat link wdm-comb-800g --laser qd-comb --length 50m      another laser in the same engine

By default the answer is the standard's worst case: limits at their limits, no use beyond the stated reach. --typical adds
the middle of shipped parts' headroom and lets physics alone decide the reach. Ranges stand at their midpoint.
Exit code 0: the link closes; 1: it does not, with the reasons; 2: bad input.`;

/** Longer than any link this model knows; a slip of the pen beyond. */
const lengthMaxM = 1e6;
const connectorsMax = 100;
/** Above the boiling point of lead-free solder's melt no part works. */
const temperatureMaxC = 300;
const extraLossMaxDb = 100;

interface Bounds {
  readonly option: string;
  readonly dimension: DimensionName;
  readonly low: number;
  readonly high: number;
  readonly remedy: string;
}

function readBounded(written: string, { option, dimension, low, high, remedy }: Bounds): Parsed<number> {
  const read = parseQuantity(written, dimension);
  if (!read.ok) return { ok: false, issues: read.issues.map((issue) => ({ ...issue, path: option })) };
  if (read.value >= low && read.value <= high) return read;
  return { ok: false, issues: [{ code: 'out-of-range', message: 'This value is out of range', remedy, path: option, value: written }] };
}

function readConnectors(written: string): Parsed<number> {
  const count = /^\d+$/.test(written) ? Number(written) : Number.NaN;
  if (count <= connectorsMax) return parsed(count);
  return { ok: false, issues: [{ code: 'out-of-range', message: 'Connectors are a whole number', remedy: `Write a number from 0 to ${connectorsMax}`, path: '--connectors', value: written }] };
}

/** Every option at once, so that all issues are reported together. */
function readRequest(partId: string, options: LinkOptions, catalogue: Catalogue): Parsed<LinkRequest> {
  const issues: Issue[] = [];
  const take = <T>(read: Parsed<T>, path?: string): T | undefined => {
    if (read.ok) return read.value;
    issues.push(...read.issues.map((issue) => (path === undefined ? issue : { ...issue, path })));
    return undefined;
  };
  const partOption = (id: string | undefined, path: string): LinkRequest['part'] | undefined => (id === undefined ? undefined : take(requirePart(catalogue, id), path));
  const part = take(requirePart(catalogue, partId));
  const lengthM = take(readBounded(options.length, { option: '--length', dimension: 'length', low: 0, high: lengthMaxM, remedy: 'Write a length from 0m to 1000km' }));
  const temperatureRemedy = `Write a case temperature above absolute zero (${absoluteZeroC}C) and up to ${temperatureMaxC}C`;
  const caseTemperatureC = take(readBounded(options.temperature, { option: '--temperature', dimension: 'temperature', low: absoluteZeroC + 1e-9, high: temperatureMaxC, remedy: temperatureRemedy }));
  const extraLossDb = options.extraLoss === undefined ? 0
    : take(readBounded(options.extraLoss, { option: '--extra-loss', dimension: 'ratio', low: 0, high: extraLossMaxDb, remedy: `Write a loss from 0dB to ${extraLossMaxDb}dB` }));
  const connectors = take(readConnectors(options.connectors));
  const [switchPart, farPart, laserPart, fibrePart] = [
    partOption(options.ocs, '--ocs'), partOption(options.far, '--far'), partOption(options.laser, '--laser'), partOption(options.fibre, '--fibre'),
  ];
  if (options.bidirectional === true && options.ocs === undefined) {
    issues.push({ code: 'missing-value', message: 'Both directions on one fibre is a way to pass a circuit switch', remedy: 'Name the switch, e.g. --ocs google-palomar', path: '--bidirectional' });
  }
  if (issues.length > 0 || part === undefined || lengthM === undefined || caseTemperatureC === undefined || connectors === undefined || extraLossDb === undefined) return { ok: false, issues };
  return parsed({
    part, catalogue, lengthM, connectors: part.kind === 'copper' ? 0 : connectors, caseTemperatureC, extraLossDb, view: options.typical === true ? 'typical' : 'worst-case',
    ...(switchPart === undefined ? {} : { circuit: { switchPart, bidirectional: options.bidirectional === true } }),
    ...(farPart === undefined ? {} : { farPart }), ...(laserPart === undefined ? {} : { laserPart }), ...(fibrePart === undefined ? {} : { fibrePart }),
  });
}

function runLink(terminal: Terminal, partId: string, options: LinkOptions): ExitCode {
  const json = options.json === true;
  const catalogue = readCatalogue(options.parts);
  if (!catalogue.ok) return reportIssues(terminal, catalogue.issues, { json });
  const request = readRequest(partId, options, catalogue.value);
  if (!request.ok) return reportIssues(terminal, request.issues, { json });
  const report = evaluateLink(request.value);
  if (isRefusal(report)) {
    if (json) terminal.printJson({ refusal: report });
    else for (const reason of report.reasons) terminal.complain(`${partId}: ${reason} [${report.code}]`);
    return 1;
  }
  if (json) terminal.printJson(report);
  else terminal.print(linkPage(report, { colours: terminal.colours, columns: terminal.columns, typical: options.typical === true }));
  return report.refusal === null ? 0 : 1;
}

export const linkCommand: CommandModule = {
  register(program, terminal, finish) {
    program
      .command('link')
      .description('evaluate one link: budget, margin, errors, latency, energy')
      .argument('<part>', 'part id, as `heliostat parts` lists them')
      .requiredOption('--length <length>', 'fibre or cable length, e.g. 30m or 2km')
      .option('--connectors <count>', 'fibre connections between the ends', '4')
      .option('--temperature <temperature>', 'case temperature of both ends', '40C')
      .option('--ocs <id>', 'optical circuit switch in the path')
      .option('--bidirectional', 'both directions on one fibre through the switch, with circulators')
      .option('--far <id>', 'the part at the other end, where it differs')
      .option('--laser <id>', 'laser part in place of the one the part names')
      .option('--fibre <id>', 'fibre part in place of the one the part names, e.g. hcf')
      .option('--extra-loss <loss>', 'further loss in the path, e.g. 0.5dB of dirt')
      .option('--typical', 'shipped parts instead of the standard\'s worst case')
      .option('--parts <file>', 'YAML file with your own parts or prices; may be repeated', collect, [])
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((partId: string, options: LinkOptions) => finish(runLink(terminal, partId, options)));
  },
};
