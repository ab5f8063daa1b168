/** `heliostat bom CLUSTER`: the bill of materials of a cluster's fabric, with power, price, failures and conservation checks. */

import type { Command as Commander } from 'commander';
import { placeDesignIssues } from '../../adapters/spec/design-places.ts';
import { readCluster } from '../../adapters/spec/read-spec.ts';
import type { Figure } from '../../base/figure.ts';
import { formatIssue } from '../../base/issue.ts';
import type { Bill } from '../../fabric/bill.ts';
import { makeBill } from '../../fabric/bill.ts';
import type { CompiledCluster } from '../../fabric/compiled.ts';
import { compileWithPhysics, createFindPartFigures } from '../../fabric/physics.ts';
import { createCatalogue } from '../../optics/catalogue/catalogue.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { fixedText, numberText, percentText } from '../number-text.ts';
import type { Terminal } from '../terminal.ts';

const examples = `
Examples:
  heliostat bom examples/cluster-1024.yaml
  heliostat bom examples/cluster-1024.yaml --json

Boundary: switches, NICs, modules, engines and the host SerDes of every port. Scale-up links inside servers belong to the
accelerators. Prices are engineering estimates unless a part says otherwise; every figure carries its evidence grade.
Basis of a failure rate: seen in the field, predicted by the maker (about ten times better than fields report), or estimate.`;

const grade = (figure: Figure): string => `(${figure.kind})`;

/** Power per rack in kW: the mean and the hottest. */
function rackPower(bill: Bill): { readonly meanKw: number; readonly maxKw: number; readonly hottest: number } {
  let hottest = 0;
  bill.rackPowerW.forEach((powerW, rack) => {
    if (powerW > (bill.rackPowerW[hottest] ?? 0)) hottest = rack;
  });
  const sum = bill.rackPowerW.reduce((total, powerW) => total + powerW, 0);
  return { meanKw: sum / bill.rackPowerW.length / 1000, maxKw: (bill.rackPowerW[hottest] ?? 0) / 1000, hottest };
}

function printBill(terminal: Terminal, cluster: CompiledCluster, bill: Bill): void {
  const { bold, dim } = terminal.colours;
  terminal.print(`${bold(cluster.design.name)} ${dim(cluster.summary)}`);
  const cell = (text: string, width: number): string => text.padStart(width);
  terminal.print(bold(`${cell('pieces', 10)}${cell('power kW', 11)}${cell('price k$', 11)}${cell('failures/day', 14)}  ${'basis'.padEnd(9)}  part`));
  for (const row of bill.rows) {
    const counted = `${cell(fixedText(row.count, 0), 10)}${cell(fixedText(row.powerW.value / 1000, 2), 11)}`;
    const basis = row.failuresPerDay.value > 0 ? row.failureBasis : '';
    terminal.print(`${counted}${cell(fixedText(row.costUsd.value / 1000, 1), 11)}${cell(numberText(row.failuresPerDay.value), 14)}  ${basis.padEnd(9)}  ${row.role}: ${row.part}`);
  }
  const line = (label: string, text: string): void => terminal.print(`  ${label.padEnd(22)} ${text}`);
  terminal.print('');
  line('fabric power', `${fixedText(bill.fabricPowerW.value / 1000, 1)} kW, ${percentText(bill.fabricPowerShare, 1)} of the cluster's ${fixedText(bill.clusterPowerW.value / 1000, 1)} kW ${grade(bill.fabricPowerW)}`);
  for (const part of bill.powerParts) line(`  ${part.name}`, `${fixedText(part.powerW / 1000, 2)} kW (${part.kind})`);
  line('fabric price', `${fixedText(bill.fabricCostUsd.value / 1e6, 2)} M$, ${percentText(bill.fabricCostShare, 1)} of the cluster's ${fixedText(bill.clusterCostUsd.value / 1e6, 1)} M$ ${grade(bill.fabricCostUsd)}`);
  line('failures', `${numberText(bill.failuresPerDay.value)} per day in the fabric ${grade(bill.failuresPerDay)}; ${bill.failuresPerDay.source.split('; ').at(-1) ?? ''}`);
  line('transceivers', `${fixedText(bill.transceivers, 0)}, ${numberText(bill.transceiversPerGpu)} per GPU`);
  line('engines', fixedText(bill.engines, 0));
  line('lasers', `${fixedText(bill.lasers, 0)}, ${numberText(bill.lasersPerGpu)} per GPU`);
  line('cables', `${fixedText(bill.cables, 0)}, ${fixedText(bill.cableMetres / 1000, 2)} km`);
  line('OCS ports', fixedText(bill.ocsPortsUsed, 0));
  const racks = rackPower(bill);
  line('racks', `${fixedText(bill.racks, 0)}, ${fixedText(racks.meanKw, 1)} kW each, at most ${fixedText(racks.maxKw, 1)} kW (rack${racks.hottest})`);
}

function reportRefused(terminal: Terminal, cluster: CompiledCluster): void {
  for (const { use, count, tier, examples: places } of cluster.refused) {
    terminal.complain(`${fixedText(count, 0)} ${tier} links of ${use.lengthM} m do not close with ${use.medium.name} (${places.join('; ')}): ${use.answer.refusal?.reasons.join(' ') ?? ''}`);
  }
}

function billJson(cluster: CompiledCluster, bill: Bill): unknown {
  return {
    schema: 'heliostat/bom/1', cluster: cluster.design.name, summary: cluster.summary, gpus: cluster.fabric.gpuNode.length, ...bill, rackPowerW: [...bill.rackPowerW],
    findings: cluster.findings,
    refused: cluster.refused.map(({ use, count, tier, examples: places }) => ({ medium: use.medium.name, lengthM: use.lengthM, tier, count, examples: places, refusal: use.answer.refusal })),
  };
}

function runBom(terminal: Terminal, file: string, options: { readonly json?: true }): ExitCode {
  const json = options.json === true;
  const read = readCluster(file);
  if (!read.ok) return reportIssues(terminal, read.issues, { json });
  const catalogue = createCatalogue();
  const { design } = read.value;
  const compiled = compileWithPhysics(design, catalogue);
  if (!compiled.ok) return reportIssues(terminal, placeDesignIssues(read.value, compiled.issues), { json });
  const { bill, issues } = makeBill(compiled.value, createFindPartFigures({ catalogue, view: 'worst-case', caseTemperatureC: design.caseTemperatureC }));
  if (issues.length > 0) return reportIssues(terminal, issues, { json });
  if (json) terminal.printJson(billJson(compiled.value, bill));
  else {
    printBill(terminal, compiled.value, bill);
    reportRefused(terminal, compiled.value);
    for (const finding of compiled.value.findings) terminal.complain(formatIssue(finding));
  }
  return compiled.value.findings.length > 0 || compiled.value.refused.length > 0 ? 1 : 0;
}

export const bomCommand: CommandModule = {
  register(program: Commander, terminal: Terminal, finish) {
    program
      .command('bom')
      .description('print the bill of materials of a cluster: parts, power, price, failures')
      .argument('<cluster>', 'Cluster spec')
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((cluster: string, options: { readonly json?: true }) => finish(runBom(terminal, cluster, options)));
  },
};
