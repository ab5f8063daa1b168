/** `heliostat paths CLUSTER DEMANDS`: over which paths the packets of demands go and in which shares, beside equal-cost multi-path forwarding. */

import { placeDesignIssues } from '../../adapters/spec/design-places.ts';
import { readCluster } from '../../adapters/spec/read-spec.ts';
import { isRefusal } from '../../base/refusal.ts';
import { compileWithPhysics } from '../../fabric/physics.ts';
import { createCatalogue } from '../../optics/catalogue/catalogue.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { darkWavelengths } from '../dark-wavelengths.ts';
import { readDemands } from '../demand-file.ts';
import { numberText, percentText } from '../number-text.ts';
import type { PacketPaths } from '../packet-paths.ts';
import { packetPaths } from '../packet-paths.ts';
import { plainTable } from '../plain-table.ts';
import type { Terminal } from '../terminal.ts';

interface PathsOptions {
  readonly failed?: readonly string[];
  readonly relay?: true;
  readonly json?: true;
}

const examples = `
Examples:
  heliostat paths examples/fabrics/expander.yaml examples/demands.csv
  heliostat paths examples/fabrics/expander.yaml examples/demands.csv --failed leaf0
  heliostat paths examples/fabrics/rail-only.yaml examples/demands.csv --relay
  heliostat paths examples/fabrics/ocs-rails.yaml examples/demands.csv --json

DEMANDS has one line per demand: from,to,Gb/s,class (ranks of accelerators; without a class allReduce). Where all fits, packets are
split so that the fullest link is as empty as it can be; else floors come first, then classes in order, and demands of one class get
parts of their rates that are as equal as links allow. The weight of a path is its share as a whole number of entries in a table of 64
or fewer. "ecmp" is what the links would carry if every node split all that is asked for in equal parts over its shortest ways, without
collisions of large flows. No split of all that is asked for gets below the bound: that is proven. Accelerators pass traffic on only for
demands without another way, as in a torus, or with --relay for all. --failed components are out of service. Nothing is changed or reserved.
Exit code 0: all served. 1: something does not fit or has no path, each with its reason. 2: bad input, all issues listed.`;

/** Names from the server or switch on: where it stands is left out. */
const shortName = (name: string): string => name.replace(/^(?:(?:site|hall|row|rack)\d+\/)+/, '');

function tell(terminal: Terminal, { demands, askedGbps, acceptedGbps, fullest, links }: PacketPaths): void {
  const { bold, dim } = terminal.colours;
  const whole = demands.filter(({ refusal }) => refusal === null).length;
  terminal.print(bold(`${numberText(acceptedGbps, 4)} of ${numberText(askedGbps, 4)} Gb/s, ${whole} of ${demands.length} demands served in full`));
  const proof = `no split of all that is asked for gets below ${percentText(fullest.bound, 1)}${fullest.isBoundOverAll ? '' : ' over the paths considered'}`;
  terminal.print(`fullest link: ${percentText(fullest.shared, 1)} with these shares, ${percentText(fullest.weighted, 1)} with the weights, ${percentText(fullest.ecmp, 1)} with ecmp; ${proof}`);
  for (const { fromRank, toRank, trafficClass, rateGbps, acceptedGbps: served, paths, refusal } of demands) {
    terminal.print(`  ${fromRank} to ${toRank}, ${trafficClass}: ${numberText(served, 4)} of ${numberText(rateGbps, 4)} Gb/s`);
    for (const path of paths) terminal.print(dim(`    ${percentText(path.share, 1)}, weight ${path.weight}: ${path.links.map(shortName).join(' > ')}`));
    if (refusal !== null) terminal.print(`    not all (${refusal.code}, ${refusal.remedy}): ${refusal.reasons.join(' ')}`);
  }
  if (links.length === 0) return;
  terminal.print('');
  terminal.print(plainTable(
    ['link', 'Gb/s', 'shares %', 'weights %', 'ecmp %'], 1,
    links.map((one) => [shortName(one.link), numberText(one.rateGbps, 4), ...[one.shared, one.weighted, one.ecmp].map((part) => (100 * part).toFixed(1))]), dim,
  ));
}

function run(terminal: Terminal, files: { readonly cluster: string; readonly demands: string }, options: PathsOptions): ExitCode {
  const json = options.json === true;
  const spec = readCluster(files.cluster);
  if (!spec.ok) return reportIssues(terminal, spec.issues, { json });
  const demands = readDemands(files.demands, spec.value.design.gpus);
  if (!demands.ok) return reportIssues(terminal, demands.issues, { json });
  const compiled = compileWithPhysics(spec.value.design, createCatalogue());
  if (!compiled.ok) return reportIssues(terminal, placeDesignIssues(spec.value, compiled.issues), { json });
  const dark = darkWavelengths(compiled.value.fabric, options.failed ?? []);
  if (!dark.ok) return reportIssues(terminal, dark.issues, { json });
  const answer = packetPaths(compiled.value.fabric, demands.value, { dark: dark.value, isRelayed: options.relay === true });
  if (isRefusal(answer)) {
    const { code, remedy, reasons } = answer;
    if (json) terminal.printJson({ refusal: { code, remedy, reasons } });
    else terminal.complain(`Refused (${code}, ${remedy}): ${reasons.join(' ')}`);
    return 1;
  }
  if (json) {
    const plain = answer.demands.map(({ refusal, ...one }) => ({ ...one, refusal: refusal === null ? null : { code: refusal.code, remedy: refusal.remedy, reasons: refusal.reasons } }));
    terminal.printJson({ schema: 'heliostat/paths/1', cluster: spec.value.name, ...answer, demands: plain });
  } else tell(terminal, answer);
  return answer.demands.every(({ refusal }) => refusal === null) ? 0 : 1;
}

export const pathsCommand: CommandModule = {
  register(program, terminal, finish) {
    program
      .command('paths')
      .description('split the packets of demands over several paths, and compare the fullest link with equal-cost multi-path forwarding')
      .argument('<cluster>', 'Cluster spec')
      .argument('<demands>', 'CSV file: from,to,Gb/s,class')
      .option('--failed <components...>', 'components out of service')
      .option('--relay', 'accelerators pass on the traffic of others')
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((cluster: string, demands: string, options: PathsOptions) => finish(run(terminal, { cluster, demands }, options)));
  },
};
