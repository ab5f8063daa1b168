/** `heliostat link PART`: one link's budget stage by stage, and what it means for bits, time and energy. */

import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { Refusal } from '../../base/refusal.ts';
import { isRefusal } from '../../base/refusal.ts';
import type { DimensionName } from '../../adapters/quantity.ts';
import { parseQuantity } from '../../adapters/quantity.ts';
import { readCatalogue } from '../../adapters/parts-file.ts';
import { writeWholeFile } from '../../adapters/whole-file.ts';
import { absoluteZeroC, hoursPerYear } from '../../base/constants.ts';
import type { Catalogue } from '../../optics/catalogue/catalogue.ts';
import { requirePart, textOf } from '../../optics/catalogue/catalogue.ts';
import { evaluateLink, isLinkPart } from '../../optics/link/evaluate-link.ts';
import { isFecScheme, limitBerOf } from '../../optics/link/fec-scheme.ts';
import type { LinkReport } from '../../optics/link/link-report.ts';
import type { LinkRequest } from '../../optics/link/request.ts';
import type { LinkDistribution } from '../../optics/link/sample-link.ts';
import { linkSamplesMax, sampleLink } from '../../optics/link/sample-link.ts';
import type { Part } from '../../optics/part.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { distributionPage, linkPage } from '../link-page.ts';
import { sweepLink } from '../link-sweep.ts';
import { renderLinkHtml } from '../report/link-html.ts';
import { packageVersion } from '../package-version.ts';
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
  readonly failedChannels: string;
  readonly age: string;
  readonly typical?: true;
  readonly samples?: string;
  readonly seed: string;
  readonly html?: string;
  readonly parts: readonly string[];
}

const examples = `
Examples:
  heliostat link dr8-800g --length 30m                          the budget of a pluggable over 30 m
  heliostat link nv-quantum-x-photonics --length 100m --temperature 50C --json
  heliostat link fr4-400g --length 200m --ocs google-palomar --bidirectional
  heliostat link dr8-800g --far bcm-bailly --length 50m          a pluggable facing a co-packaged switch
  heliostat link dr8-800g --length 100m --samples 2000 --seed 7 --typical
  heliostat link wdm-comb-800g --laser qd-comb --length 50m      another laser in the same engine

By default the answer is the standard's worst case: limits at their limits, no use beyond the stated reach. --typical adds
the middle of shipped parts' headroom and lets physics alone decide the reach. Ranges stand at their midpoint.
Exit code 0: the link closes; 1: it does not, with the reasons; 2: bad input.`;

/** Longer than any link this model knows; a slip of the pen beyond. */
const lengthMaxM = 1e6;
const connectorsMax = 100;
const failedChannelsMax = 10_000;
const ageMaxYears = 50;
const nsPerYear = hoursPerYear * 3600e9;
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

function readCount(written: string, { option, high }: { readonly option: string; readonly high: number }): Parsed<number> {
  const count = /^\d+$/.test(written) ? Number(written) : Number.NaN;
  if (count <= high) return parsed(count);
  return { ok: false, issues: [{ code: 'out-of-range', message: 'This is not a whole number in range', remedy: `Write a number from 0 to ${high}`, path: option, value: written }] };
}

const linkPartsNamedMax = 6;

/** A part that makes a link by itself; others are bad input, with the first part of each kind that would do and what the named one is for. */
function requireLinkPart(catalogue: Catalogue, id: string): Parsed<Part> {
  const found = requirePart(catalogue, id);
  if (!found.ok || isLinkPart(found.value)) return found;
  const { kind } = found.value;
  const links = catalogue.parts.filter(isLinkPart);
  const examples = links.filter((part, at) => links.findIndex((other) => other.kind === part.kind) === at).slice(0, linkPartsNamedMax).map((part) => part.id);
  const option = kind === 'ocs' ? '--ocs' : kind === 'fibre' ? '--fibre' : kind === 'laser' || kind === 'comb-laser' || kind === 'laser-source' ? '--laser' : null;
  const use = option === null ? '' : `, with \`${option} ${id}\` if it should be part of that link`;
  return { ok: false, issues: [{ code: 'not-a-link', message: `A part of kind ${kind} is no link by itself`, remedy: `Name a link part such as ${examples.join(', ')}${use}`, path: 'part', value: id }] };
}

/** More failed channels than the part has, spares included, are a slip of the pen. */
function tooManyFailed({ spares }: LinkReport): readonly Issue[] {
  if (spares === undefined || spares.failed <= spares.active + spares.spare) return [];
  const most = spares.active + spares.spare;
  return [{
    code: 'out-of-range', message: `The link has ${spares.active} active and ${spares.spare} spare channels, so no more than ${most} can have failed`,
    remedy: `Write a number from 0 to ${most}`, path: '--failed-channels', value: String(spares.failed),
  }];
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
  const part = take(requireLinkPart(catalogue, partId));
  const lengthM = take(readBounded(options.length, { option: '--length', dimension: 'length', low: 0, high: lengthMaxM, remedy: 'Write a length from 0m to 1000km' }));
  const temperatureRemedy = `Write a case temperature above absolute zero (${absoluteZeroC}C) and up to ${temperatureMaxC}C`;
  const caseTemperatureC = take(readBounded(options.temperature, { option: '--temperature', dimension: 'temperature', low: absoluteZeroC + 1e-9, high: temperatureMaxC, remedy: temperatureRemedy }));
  const extraLossDb = options.extraLoss === undefined ? 0
    : take(readBounded(options.extraLoss, { option: '--extra-loss', dimension: 'ratio', low: 0, high: extraLossMaxDb, remedy: `Write a loss from 0dB to ${extraLossMaxDb}dB` }));
  const ageNs = take(readBounded(options.age, { option: '--age', dimension: 'time', low: 0, high: ageMaxYears * nsPerYear, remedy: `Write a running time such as 1825d, at most ${ageMaxYears} years` }));
  const connectors = take(readCount(options.connectors, { option: '--connectors', high: connectorsMax }));
  const failedChannels = take(readCount(options.failedChannels, { option: '--failed-channels', high: failedChannelsMax }));
  const [switchPart, farPart, laserPart, fibrePart] = [
    partOption(options.ocs, '--ocs'), options.far === undefined ? undefined : take(requireLinkPart(catalogue, options.far), '--far'), partOption(options.laser, '--laser'), partOption(options.fibre, '--fibre'),
  ];
  if (options.bidirectional === true && options.ocs === undefined) {
    issues.push({ code: 'missing-value', message: 'Both directions on one fibre is a way to pass a circuit switch', remedy: 'Name the switch, e.g. --ocs google-palomar', path: '--bidirectional' });
  }
  const complete = lengthM !== undefined && caseTemperatureC !== undefined && connectors !== undefined && extraLossDb !== undefined && failedChannels !== undefined && ageNs !== undefined;
  if (issues.length > 0 || part === undefined || !complete) return { ok: false, issues };
  return parsed({
    part, catalogue, lengthM, connectors: part.kind === 'copper' ? 0 : connectors, caseTemperatureC, extraLossDb, failedChannels, ageYears: ageNs / nsPerYear, view: options.typical === true ? 'typical' : 'worst-case',
    ...(switchPart === undefined ? {} : { circuit: { switchPart, bidirectional: options.bidirectional === true } }),
    ...(farPart === undefined ? {} : { farPart }), ...(laserPart === undefined ? {} : { laserPart }), ...(fibrePart === undefined ? {} : { fibrePart }),
  });
}

/** How many samples and from which seed; `null` without `--samples`. */
function readSampling({ samples, seed }: LinkOptions): Parsed<{ readonly samples: number; readonly seed: number } | null> {
  if (samples === undefined) return parsed(null);
  const issues: Issue[] = [];
  const whole = (option: string, written: string, low: number, high: number): number => {
    const value = /^\d+$/.test(written) ? Number(written) : Number.NaN;
    if (!(value >= low && value <= high)) issues.push({ code: 'out-of-range', message: 'This is not a whole number in range', remedy: `Write a number from ${low} to ${high}`, path: option, value: written });
    return value;
  };
  const sampling = { samples: whole('--samples', samples, 2, linkSamplesMax), seed: whole('--seed', seed, 0, 2 ** 32 - 1) };
  return issues.length > 0 ? { ok: false, issues } : parsed(sampling);
}

function refuseWhole(terminal: Terminal, partId: string, refusal: Refusal, json: boolean): ExitCode {
  if (json) terminal.printJson({ refusal });
  else for (const reason of refusal.reasons) terminal.complain(`${partId}: ${reason} [${refusal.code}]`);
  return 1;
}

function writeHtml(path: string, request: LinkRequest, report: LinkReport): Parsed<string> {
  const name = `${report.partId}, ${report.lengthM} m`;
  const command = `heliostat link ${report.partId} --length ${report.lengthM}m --connectors ${report.connectors} --temperature ${report.caseTemperatureC}C --html ${path}`;
  const limit = textOf(request.part, 'fec_scheme');
  return writeWholeFile(path, renderLinkHtml([report], {
    command, version: packageVersion, generatedAt: new Date().toISOString(), sweeps: [sweepLink(name, request)],
    ...(limit !== null && isFecScheme(limit) ? { berLimit: { name: `${limit} limit`, preFecBer: limitBerOf(limit) } } : {}),
  }));
}

function runLink(terminal: Terminal, partId: string, options: LinkOptions): ExitCode {
  const json = options.json === true;
  const catalogue = readCatalogue(options.parts);
  if (!catalogue.ok) return reportIssues(terminal, catalogue.issues, { json });
  const request = readRequest(partId, options, catalogue.value);
  const sampling = readSampling(options);
  if (!request.ok || !sampling.ok) return reportIssues(terminal, [...(request.ok ? [] : request.issues), ...(sampling.ok ? [] : sampling.issues)], { json });
  const report = evaluateLink(request.value);
  if (isRefusal(report)) return refuseWhole(terminal, partId, report, json);
  const tooMany = tooManyFailed(report);
  if (tooMany.length > 0) return reportIssues(terminal, tooMany, { json });
  const distribution = sampling.value === null ? null : sampleWithProgress(terminal, request.value, sampling.value);
  if (distribution !== null && isRefusal(distribution)) return refuseWhole(terminal, partId, distribution, json);
  const written = options.html === undefined ? null : writeHtml(options.html, request.value, report);
  if (written !== null && !written.ok) return reportIssues(terminal, written.issues, { json });
  if (json) terminal.printJson(distribution === null ? report : { ...report, distribution });
  else {
    terminal.print(linkPage(report, { colours: terminal.colours, columns: terminal.columns, typical: options.typical === true }));
    if (distribution !== null) terminal.print(distributionPage(distribution, terminal.colours));
  }
  if (written !== null) terminal.complain(`Wrote ${written.value}`);
  return report.refusal === null ? 0 : 1;
}

function sampleWithProgress(terminal: Terminal, request: LinkRequest, { samples, seed }: { readonly samples: number; readonly seed: number }): LinkDistribution | Refusal {
  const progress = terminal.startProgress('sampling', samples);
  const distribution = sampleLink(request, { samples, seed, progress: (done) => progress.update(done, `${done} of ${samples} links`) });
  progress.finish();
  return distribution;
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
      .option('--age <time>', 'running time of the lasers at this temperature, e.g. 1825d', '0')
      .option('--failed-channels <count>', 'channels that have failed; spares take over first', '0')
      .option('--typical', 'shipped parts instead of the standard\'s worst case')
      .option('--samples <count>', 'draw every range this many times: spread, yield and what matters most')
      .option('--seed <seed>', 'seed of the draws', '1')
      .option('--html <file>', 'write the budget and its curves as one HTML file')
      .option('--parts <file>', 'YAML file with your own parts or prices; may be repeated', collect, [])
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((partId: string, options: LinkOptions) => finish(runLink(terminal, partId, options)));
  },
};
