/** `heliostat blast CLUSTER COMPONENT`: what a component takes with it when it fails; `--worst N` ranks the parts of a cluster. */

import { InvalidArgumentError } from 'commander';
import type { Command as Commander } from 'commander';
import { placeDesignIssues } from '../../adapters/spec/design-places.ts';
import { readCluster } from '../../adapters/spec/read-spec.ts';
import type { CompiledCluster, CompiledFabric } from '../../fabric/compiled.ts';
import type { Blast } from '../../fabric/fault-domain.ts';
import { createFaultDomains } from '../../fabric/fault-domain.ts';
import { linkTiers } from '../../fabric/fabric.ts';
import { compileWithPhysics } from '../../fabric/physics.ts';
import { shortNodeName } from '../../fabric/refused-cables.ts';
import type { WorstPart } from '../../fabric/worst-parts.ts';
import { worstParts } from '../../fabric/worst-parts.ts';
import { createCatalogue } from '../../optics/catalogue/catalogue.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { countText, fixedText } from '../number-text.ts';
import type { Terminal } from '../terminal.ts';

const examples = `
Examples:
  heliostat blast examples/cluster-1024.yaml leaf3
  heliostat blast examples/cluster-1024.yaml leaf3/module12/laser0
  heliostat blast examples/cluster-1024.yaml coolantloop0 --json
  heliostat blast examples/cluster-1024.yaml --worst 20

Components are named by their path. Rows, racks, nodes, GPUs, NICs, switches, cables and feeds are numbered through the
cluster, so a name may start with them: leaf3, spine0/module4, nic17, gpu17, rack2, powershelf2, coolantloop0, cable900.

GPUs cut have no network link left that leads anywhere; GPUs slowed have one on their way up that is lost or lost wavelengths.`;

interface BlastOptions {
  readonly worst?: number;
  readonly json?: true;
}

const worstMax = 1000;
const shownMax = 12;

function worstCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > worstMax) throw new InvalidArgumentError(`Write a whole number from 1 to ${worstMax}.`);
  return count;
}

/** `0-7, 12, 20-23`: runs of ranks, the first few. */
function rankText(ranks: Int32Array): string {
  const runs: string[] = [];
  let first = -1;
  ranks.forEach((rank, index) => {
    if (index === 0 || rank !== (ranks[index - 1] ?? 0) + 1) first = rank;
    if (ranks[index + 1] !== rank + 1) runs.push(first === rank ? String(rank) : `${first}-${rank}`);
  });
  return runs.length <= shownMax ? runs.join(', ') : `${runs.slice(0, shownMax).join(', ')}, and ${countText(runs.length - shownMax, 'more run')}`;
}

const linkText = (fabric: CompiledFabric, link: number): string => `${shortNodeName(fabric, fabric.linkSource[link] ?? 0)} to ${shortNodeName(fabric, fabric.linkTarget[link] ?? 0)}`;

/** Links with the slots of their dark wavelengths; an electrical lane has slot -1. */
function linkRows(fabric: CompiledFabric, blast: Blast): readonly Readonly<Record<string, unknown>>[] {
  const slots = new Map<number, number[]>();
  for (const wavelength of blast.wavelengthRows) {
    const link = fabric.wavelengthLink[wavelength] ?? 0;
    const known = slots.get(link);
    const slot = fabric.wavelengthSlot[wavelength] ?? -1;
    if (known === undefined) slots.set(link, [slot]);
    else known.push(slot);
  }
  const row = (state: string) => (link: number): Readonly<Record<string, unknown>> => ({
    link, from: shortNodeName(fabric, fabric.linkSource[link] ?? 0), to: shortNodeName(fabric, fabric.linkTarget[link] ?? 0),
    tier: linkTiers[fabric.linkTier[link] ?? 0], state, rateGbps: fabric.linkRateGbps[link], darkSlots: slots.get(link) ?? [],
  });
  return [...Array.from(blast.lostLinkRows, row('lost')), ...Array.from(blast.deratedLinkRows, row('derated'))];
}

function blastJson(cluster: CompiledCluster, blast: Blast): unknown {
  return {
    schema: 'heliostat/blast/1', cluster: cluster.design.name, component: blast.name, kind: blast.kind, gpus: cluster.fabric.gpuNode.length,
    wavelengths: blast.wavelengths, linksLost: blast.linksLost, linksDerated: blast.linksDerated, gpusCut: blast.gpusCut, gpusSlowed: blast.gpusSlowed,
    components: blast.componentRows.length, cutRanks: [...blast.cutRanks], slowedRanks: [...blast.slowedRanks], links: linkRows(cluster.fabric, blast),
  };
}

function printBlast(terminal: Terminal, cluster: CompiledCluster, blast: Blast): void {
  const { fabric } = cluster;
  const { bold, dim } = terminal.colours;
  const share = (count: number): string => `${fixedText(count, 0)} of ${fixedText(fabric.gpuNode.length, 0)}`;
  terminal.print(`${bold(blast.name)} ${dim(`${blast.kind}, ${cluster.summary}`)}`);
  const line = (label: string, value: string, detail = ''): void => terminal.print(`  ${label.padEnd(14)} ${value}${detail === '' ? '' : `  ${dim(detail)}`}`);
  const some = (links: Int32Array): string => {
    const text = Array.from(links.subarray(0, 4), (link) => linkText(fabric, link)).join(', ');
    return links.length > 4 ? `${text}, and ${fixedText(links.length - 4, 0)} more` : text;
  };
  line('components', fixedText(blast.componentRows.length, 0));
  line('wavelengths', fixedText(blast.wavelengths, 0));
  line('links lost', fixedText(blast.linksLost, 0), some(blast.lostLinkRows));
  line('links derated', fixedText(blast.linksDerated, 0), some(blast.deratedLinkRows));
  line('GPUs cut', share(blast.gpusCut), rankText(blast.cutRanks));
  line('GPUs slowed', share(blast.gpusSlowed), rankText(blast.slowedRanks));
}

function printWorst(terminal: Terminal, worst: readonly WorstPart[]): void {
  const { bold } = terminal.colours;
  const cell = (text: string): string => text.padStart(12);
  terminal.print(bold(['GPUs cut', 'GPUs slowed', 'links lost', 'wavelengths', 'such parts'].map(cell).join('') + '  kind'.padEnd(17) + 'for example'));
  for (const part of worst) {
    const numbers = [part.gpusCut, part.gpusSlowed, part.linksLost, part.wavelengths, part.count].map((count) => cell(fixedText(count, 0))).join('');
    terminal.print(`${numbers}  ${part.kind.padEnd(15)}${part.exampleName}`);
  }
}

function runBlast(terminal: Terminal, file: string, component: string | undefined, options: BlastOptions): ExitCode {
  const json = options.json === true;
  if ((component === undefined) === (options.worst === undefined)) {
    return reportIssues(terminal, [{ code: 'blast-of-what', message: 'Name one component, or ask for --worst N', remedy: 'Run `heliostat blast --help` for the names of components' }], { json });
  }
  const read = readCluster(file);
  if (!read.ok) return reportIssues(terminal, read.issues, { json });
  const compiled = compileWithPhysics(read.value.design, createCatalogue());
  if (!compiled.ok) return reportIssues(terminal, placeDesignIssues(read.value, compiled.issues), { json });
  const { fabric } = compiled.value;
  const domains = createFaultDomains(fabric);
  if (component === undefined) {
    const worst = worstParts(fabric, domains, { count: options.worst ?? 1 });
    if (json) terminal.printJson({ schema: 'heliostat/worst-parts/1', cluster: compiled.value.design.name, gpus: fabric.gpuNode.length, parts: worst });
    else printWorst(terminal, worst);
    return 0;
  }
  const row = fabric.findComponent(component);
  if (row === -1) {
    return reportIssues(terminal, [{
      code: 'unknown-component', file, value: component, message: 'This cluster has no such component',
      remedy: 'Write a path such as leaf0/module0/laser0; `--worst 20` shows names of every kind',
    }], { json });
  }
  const blast = domains.blast(row);
  if (json) terminal.printJson(blastJson(compiled.value, blast));
  else printBlast(terminal, compiled.value, blast);
  return 0;
}

export const blastCommand: CommandModule = {
  register(program: Commander, terminal: Terminal, finish) {
    program
      .command('blast')
      .description('show what a component takes with it when it fails, or rank the worst parts')
      .argument('<cluster>', 'Cluster spec')
      .argument('[component]', 'path of a component, e.g. leaf3/module12/laser0')
      .option('--worst <n>', 'rank the parts whose failure costs most, equal parts together', worstCount)
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((cluster: string, component: string | undefined, options: BlastOptions) => finish(runBlast(terminal, cluster, component, options)));
  },
};
