/** `heliostat slice CLUSTER`: a torus slice of a machine of cubes for a job's rings: which accelerators, in which order, over which circuits. */

import { placeDesignIssues } from '../../adapters/spec/design-places.ts';
import { readCluster } from '../../adapters/spec/read-spec.ts';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import type { Refusal } from '../../base/refusal.ts';
import { isRefusal } from '../../base/refusal.ts';
import type { CompiledCluster } from '../../fabric/compiled.ts';
import type { ComponentIx } from '../../fabric/fabric.ts';
import { createFaultDomains } from '../../fabric/fault-domain.ts';
import { compileWithPhysics } from '../../fabric/physics.ts';
import { createCatalogue } from '../../optics/catalogue/catalogue.ts';
import type { CubeMachine } from '../../plan/topology/cube-machine.ts';
import { cubeMachineOf } from '../../plan/topology/cube-machine.ts';
import type { Slice, SliceRequest } from '../../plan/topology/slices.ts';
import { allocateSlice } from '../../plan/topology/slices.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { readOccupancy } from '../fit-occupancy.ts';
import type { Terminal } from '../terminal.ts';

interface SliceOptions {
  readonly rings: string;
  readonly prefer: string;
  readonly straight?: true;
  readonly busy?: string;
  readonly failed?: readonly string[];
  readonly json?: true;
}

const examples = `
Examples:
  heliostat slice examples/fabrics/ocs-cubes.yaml --rings 8x4x4               both cubes as one torus
  heliostat slice examples/fabrics/ocs-cubes.yaml --rings 16x4                two rings, the longer one folded
  heliostat slice examples/fabrics/ocs-cubes.yaml --rings 4x4x4 --failed ocs0 --json
  heliostat slice CLUSTER.yaml --rings 8x8x4 --busy jobs.json --prefer allToAll

--rings are the lengths of the job's rings (e.g. tensor x data x pipeline), at most three longer than 1. A ring of another length than a
box of cubes gives is folded into one with the same neighbours. A job of one ring gets a ring of another shape, round broken accelerators
for example, where no box that closes is free; several rings are a torus, and a torus is a box. --busy FILE says who runs where, as for \`heliostat fit\`. What
depends on --failed components is not given to the job, nor what they light. Nothing is changed or reserved.
Exit code 0: done. 1: there is no such slice, with what would close or is free. 2: bad input, all issues listed.`;

const ringMax = 65_536;

function readRings(text: string): Parsed<readonly number[]> {
  const rings = text.split('x').map((word) => (/^\d{1,6}$/.test(word) ? Number(word) : Number.NaN));
  if (rings.every((length) => length >= 1 && length <= ringMax)) return parsed(rings);
  return rejected({ code: 'bad-rings', path: '--rings', message: 'These are no lengths of rings', remedy: `Write whole numbers from 1 to ${ringMax} with x between them, such as 8x4x4`, value: text });
}

function readPreference(text: string): Parsed<SliceRequest['prefer']> {
  if (text === 'rings' || text === 'allToAll') return parsed(text);
  return rejected({ code: 'unknown-value', path: '--prefer', message: 'There is no such preference', remedy: 'Write rings or allToAll', value: text });
}

/** Ranks that depend on failed components. */
function failedRanks({ fabric }: CompiledCluster, names: readonly string[], issues: Issue[]): ReadonlySet<number> {
  const domains = createFaultDomains(fabric);
  const ranks = new Set<number>();
  for (const name of names) {
    const component = fabric.findComponent(name);
    if (component < 0) {
      issues.push({ code: 'unknown-component', path: '--failed', message: 'The cluster has no such component', remedy: 'Name one by its path, e.g. node17 or ocs0; `heliostat blast --help` tells more', value: name });
      continue;
    }
    const { cutRanks, slowedRanks } = domains.blast(component as ComponentIx);
    // A slice owns all links of its accelerators, so one that lost a link is no seat of a torus.
    for (const rank of [...cutRanks, ...slowedRanks]) ranks.add(rank);
  }
  return ranks;
}

interface Question { readonly name: string; readonly cluster: CompiledCluster; readonly machine: CubeMachine; readonly taken: Uint8Array; readonly request: SliceRequest }

function readQuestion(file: string, options: SliceOptions): Parsed<Question> {
  const spec = readCluster(file);
  const rings = readRings(options.rings);
  const prefer = readPreference(options.prefer);
  const issues: Issue[] = [spec, rings, prefer].flatMap((read): readonly Issue[] => (read.ok ? [] : read.issues));
  if (!spec.ok || !rings.ok || !prefer.ok) return { ok: false, issues };
  const compiled = compileWithPhysics(spec.value.design, createCatalogue());
  if (!compiled.ok) return { ok: false, issues: placeDesignIssues(spec.value, compiled.issues) };
  const machine = cubeMachineOf(compiled.value);
  if (machine === null) {
    const remedy = 'Give a cluster of the family ocs-cubes; `heliostat fit` places jobs on the others';
    return rejected({ code: 'no-cubes', file, path: 'fabric.kind', message: 'Only cubes that circuit switches join can be cut into slices', remedy, value: spec.value.design.family.kind });
  }
  const busy = options.busy === undefined ? parsed([]) : readOccupancy(options.busy, spec.value.design.gpus);
  if (!busy.ok) issues.push(...busy.issues);
  const gone = failedRanks(compiled.value, options.failed ?? [], issues);
  if (!busy.ok || issues.length > 0) return { ok: false, issues };
  const held = new Set(gone);
  for (const { ranks } of busy.value) for (const rank of ranks) held.add(rank);
  const taken = Uint8Array.from(machine.seatRank, (rank) => (held.has(rank) ? 1 : 0));
  const request: SliceRequest = { id: 'slice', rings: rings.value, prefer: prefer.value, mayFold: options.straight !== true, mayBend: options.straight !== true };
  return parsed({ name: spec.value.name, cluster: compiled.value, machine, taken, request });
}

/** Cross-connects of a slice, by the names of their switches and the cabled ports. */
function circuitsOf({ cluster: { fabric } }: Question, { plan }: Slice): readonly { readonly ocs: string; readonly a: string; readonly b: string }[] {
  const name = (component: number): string => fabric.componentName(component as ComponentIx);
  return plan.changes.flatMap((change) => (change.kind === 'connect' ? [{ ocs: name(change.circuit.ocs), a: name(change.circuit.aPort), b: name(change.circuit.bPort) }] : []));
}

/** Ranks in runs, e.g. `0-3, 8`. */
function runs(ranks: ArrayLike<number>): string {
  const parts: string[] = [];
  for (let at = 0; at < ranks.length;) {
    const first = ranks[at] ?? 0;
    let last = first;
    for (at += 1; at < ranks.length && ranks[at] === last + 1; at++) last += 1;
    parts.push(last === first ? String(first) : `${first}-${last}`);
  }
  return parts.join(', ');
}

function tell(terminal: Terminal, question: Question, slice: Slice | Refusal, json: boolean): ExitCode {
  const { name, request, taken } = question;
  const free = taken.reduce((sum, one) => sum + (one === 0 ? 1 : 0), 0);
  const head = { schema: 'heliostat/slice/1', cluster: name, rings: request.rings, seats: taken.length, freeSeats: free };
  if (isRefusal(slice)) {
    const { code, remedy, reasons } = slice;
    if (json) terminal.printJson({ ...head, refusal: { code, remedy, reasons } });
    else terminal.complain(`Refused (${code}, ${remedy}): ${reasons.join(' ')}`);
    return 1;
  }
  const circuits = circuitsOf(question, slice);
  if (json) {
    const { folding, twists, twistGain, cubes, ranks, plan } = slice;
    terminal.printJson({ ...head, shape: folding?.name ?? 'ring of a free shape', box: folding?.box ?? null, cubes, ranks: [...ranks], twists, twistGain, circuits, reasons: plan.reasons });
    return 0;
  }
  const { bold, dim } = terminal.colours;
  terminal.print(`${bold(request.rings.join('x'))} on ${bold(name)}, ${free} of ${taken.length} accelerators free`);
  for (const reason of slice.plan.reasons) terminal.print(`  ${reason}`);
  terminal.print(`  cubes ${slice.cubes.join(', ')}`);
  terminal.print(`  ranks in the job's order: ${runs(slice.ranks)}`);
  // Each duplex circuit is two cross-connects, one behind the other.
  circuits.forEach(({ a, b }, at) => { if (at % 2 === 0) terminal.print(dim(`  ${a} with ${b}`)); });
  return 0;
}

function run(terminal: Terminal, file: string, options: SliceOptions): ExitCode {
  const json = options.json === true;
  const question = readQuestion(file, options);
  if (!question.ok) return reportIssues(terminal, question.issues, { json });
  return tell(terminal, question.value, allocateSlice(question.value.machine, question.value.taken, question.value.request), json);
}

export const sliceCommand: CommandModule = {
  register(program, terminal, finish) {
    program
      .command('slice')
      .description('cut a torus slice for a job out of a machine of cubes: its accelerators in rank order and its circuits')
      .argument('<cluster>', 'Cluster spec of the family ocs-cubes')
      .requiredOption('--rings <lengths>', "lengths of the job's rings, such as 8x4x4")
      .option('--prefer <what>', 'rings, or allToAll for twisted wraps where they help', 'rings')
      .option('--straight', 'no folded shapes, and no rings of other shapes')
      .option('--busy <file>', 'JSON file of running jobs and the ranks they hold')
      .option('--failed <components...>', 'components that are down')
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((cluster: string, options: SliceOptions) => finish(run(terminal, cluster, options)));
  },
};
