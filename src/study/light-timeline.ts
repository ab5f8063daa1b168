/**
 * Light over time: faults, repairs, heat, lost light, lost frames and moving circuits, as capacity events of links.
 *
 * Each wavelength carries its line rate times what retransmission leaves of it; it is dark while any fault domain that holds
 * it has failed or while its circuit moves. A cable's heat and lost light are asked of the optics room, whose frame loss behind the FEC rises
 * from nothing to everything, so capacity falls smoothly and ends at zero.
 */

import type { Issue, Parsed } from '../base/issue.ts';
import { parsed } from '../base/issue.ts';
import type { CompiledCluster } from '../fabric/compiled.ts';
import type { ComponentIx } from '../fabric/fabric.ts';
import type { FaultDomains } from '../fabric/fault-domain.ts';
import { createFaultDomains } from '../fabric/fault-domain.ts';
import type { EvaluateMedium, MediumAnswer } from '../fabric/medium.ts';
import { memoised } from '../fabric/medium.ts';
import type { Retransmission } from '../sim/goodput.ts';
import { roceGoBackN } from '../sim/goodput.ts';
import type { CapacityEvents, WavelengthChange } from '../sim/light-events.ts';
import { wavelengthEvents } from '../sim/light-events.ts';

/** What happens to a component (by name, as `blast` names it) or to all cables between two nodes (`leaf0 to spine1`). */
export type LightEvent =
  | { readonly atNs: number; readonly target: string; readonly event: 'fail' | 'repair' }
  /** Case temperature of the links that end inside the target; the whole cluster when it is empty. */
  | { readonly atNs: number; readonly target: string; readonly event: 'temperature'; readonly caseTemperatureC: number }
  /** Light lost on the way, on top of the design's budget; 0 restores it. */
  | { readonly atNs: number; readonly target: string; readonly event: 'attenuation'; readonly lossDb: number }
  /** Frames lost behind the FEC for any other cause; 0 restores it. */
  | { readonly atNs: number; readonly target: string; readonly event: 'frameLoss'; readonly ratio: number }
  /** The target's circuits are dark while it moves its mirrors. */
  | { readonly atNs: number; readonly target: string; readonly event: 'switchCircuits'; readonly durationNs: number };

export interface LightTimeline {
  readonly events: readonly LightEvent[];
  /** What a lost frame costs; go-back-N is that of RoCE. */
  readonly retransmission: Retransmission['kind'];
}

export interface LightDeps {
  /** How media are judged when a further loss is in every path. */
  evaluateWithLoss(extraLossDb: number): EvaluateMedium;
}

interface CableState {
  /** `null`: as the ends settle. */
  caseTemperatureC: number | null;
  lossDb: number;
  frameLossRatio: number;
}

const namesCable = / to /;

/** Cables between two named nodes, as component rows; an empty list when there are none. */
function cablesBetween({ fabric }: CompiledCluster, target: string): readonly number[] {
  const ends = target.split(namesCable).map((name) => fabric.findComponent(name.trim()));
  if (ends.length !== 2) return [];
  const found: number[] = [];
  for (let cable = 0; 2 * cable < fabric.linkCount; cable++) {
    const at = [fabric.nodeComponent[fabric.linkSource[2 * cable] ?? 0], fabric.nodeComponent[fabric.linkTarget[2 * cable] ?? 0]];
    const component = fabric.linkCable[cable] ?? -1;
    if (component >= 0 && ((at[0] === ends[0] && at[1] === ends[1]) || (at[0] === ends[1] && at[1] === ends[0]))) found.push(component);
  }
  return found;
}

function componentsOf(cluster: CompiledCluster, target: string): readonly number[] {
  if (namesCable.test(target)) return cablesBetween(cluster, target);
  const row = cluster.fabric.findComponent(target);
  return row === -1 ? [] : [row];
}

/** Line rate and frame loss of a cable's wavelengths under a condition. */
interface CableLight {
  readonly rateGbps: readonly number[];
  readonly frameLossRatio: number;
}

/** A link that is refused for want of margin still passes what its FEC saves; one that is refused for another reason is dark. */
function lightOf(answer: MediumAnswer, lineRateGbps: readonly number[]): CableLight {
  const { refusal, report, rateGbps } = answer;
  if (refusal === null) return { rateGbps: lineRateGbps.map((line, row) => Math.min(line > 0 ? line : Infinity, rateGbps[row] ?? 0)), frameLossRatio: report?.frameLossRatio ?? 0 };
  if (report === null || !(report.marginDb < 0)) return { rateGbps: lineRateGbps.map(() => 0), frameLossRatio: 1 };
  return { rateGbps: lineRateGbps, frameLossRatio: report.frameLossRatio };
}

/** Follows every wavelength through the events and gathers its changes. */
class Light {
  readonly changes: WavelengthChange[] = [];
  readonly #cluster: CompiledCluster;
  readonly #deps: LightDeps;
  readonly #domains: FaultDomains;
  readonly #causes: Int16Array;
  readonly #cables = new Map<number, CableState>();
  readonly #failed = new Map<number, Int32Array>();
  readonly #judges = new Map<number, EvaluateMedium>();

  constructor(cluster: CompiledCluster, deps: LightDeps) {
    this.#cluster = cluster;
    this.#deps = deps;
    this.#domains = createFaultDomains(cluster.fabric);
    this.#causes = new Int16Array(cluster.fabric.wavelengthCount);
  }

  /** False for a repair of what has not failed. */
  apply(event: LightEvent, components: readonly number[]): boolean {
    switch (event.event) {
      case 'fail': return components.every((component) => this.#fail(event.atNs, component));
      case 'repair': return components.every((component) => this.#repair(event.atNs, component));
      case 'switchCircuits': components.forEach((component) => this.#move(event.atNs, event.durationNs, component)); return true;
      case 'temperature': this.#change(event.atNs, components, (state) => { state.caseTemperatureC = event.caseTemperatureC; }); return true;
      case 'attenuation': this.#change(event.atNs, components, (state) => { state.lossDb = event.lossDb; }); return true;
      case 'frameLoss': this.#change(event.atNs, components, (state) => { state.frameLossRatio = event.ratio; }); return true;
    }
  }

  #fail(atNs: number, component: number): boolean {
    if (this.#failed.has(component)) return true;
    const { wavelengthRows } = this.#domains.blast(component as ComponentIx);
    this.#failed.set(component, wavelengthRows);
    this.#darken(atNs, wavelengthRows, 1);
    return true;
  }

  #repair(atNs: number, component: number): boolean {
    const wavelengthRows = this.#failed.get(component);
    if (wavelengthRows === undefined) return false;
    this.#failed.delete(component);
    this.#darken(atNs, wavelengthRows, -1);
    return true;
  }

  #move(atNs: number, durationNs: number, component: number): void {
    const { wavelengthRows } = this.#domains.blast(component as ComponentIx);
    this.#darken(atNs, wavelengthRows, 1);
    this.later.push({ atNs: atNs + durationNs, run: () => this.#darken(atNs + durationNs, wavelengthRows, -1) });
  }

  /** Ends of moves, to be run by the caller in time order with the other events. */
  readonly later: { readonly atNs: number; run(): void }[] = [];

  #darken(atNs: number, wavelengthRows: Int32Array, by: 1 | -1): void {
    for (const wavelength of wavelengthRows) {
      const before = this.#causes[wavelength] ?? 0;
      this.#causes[wavelength] = before + by;
      if (before === 0 || before + by === 0) this.#report(atNs, wavelength);
    }
  }

  #change(atNs: number, components: readonly number[], set: (state: CableState) => void): void {
    const { fabric, design } = this.#cluster;
    const cables = new Set<number>();
    for (const component of components) {
      const { lostLinkRows, deratedLinkRows } = this.#domains.blast(component as ComponentIx);
      for (const link of [...lostLinkRows, ...deratedLinkRows]) cables.add(link >> 1);
    }
    for (const cable of [...cables].sort((a, b) => a - b)) {
      let state = this.#cables.get(cable);
      if (state === undefined) this.#cables.set(cable, (state = { caseTemperatureC: design.caseTemperatureC, lossDb: 0, frameLossRatio: 0 }));
      set(state);
      for (const link of [2 * cable, 2 * cable + 1]) {
        for (let row = fabric.linkWavelength[link] ?? 0; row < (fabric.linkWavelength[link + 1] ?? 0); row++) this.#report(atNs, row);
      }
    }
  }

  #report(atNs: number, wavelength: number): void {
    const { fabric } = this.#cluster;
    const link = fabric.wavelengthLink[wavelength] ?? 0;
    const light = this.#lightOf(link);
    const isDark = (this.#causes[wavelength] ?? 0) > 0;
    this.changes.push({ atNs, wavelength, rateGbps: isDark ? 0 : (light.rateGbps[wavelength - (fabric.linkWavelength[link] ?? 0)] ?? 0), frameLossRatio: light.frameLossRatio });
  }

  #lightOf(link: number): CableLight {
    const { fabric, design } = this.#cluster;
    const line = Array.from(fabric.wavelengthRateGbps.subarray(fabric.linkWavelength[link] ?? 0, fabric.linkWavelength[link + 1] ?? 0));
    const state = this.#cables.get(link >> 1);
    const use = fabric.uses[fabric.cableUse[link >> 1] ?? -1];
    if (state === undefined) return { rateGbps: line, frameLossRatio: 0 };
    const isSound = use === undefined || (state.caseTemperatureC === design.caseTemperatureC && state.lossDb === 0);
    const light = isSound ? { rateGbps: line, frameLossRatio: 0 } : lightOf(this.#judge(state.lossDb)({
      medium: use.medium, lengthM: use.throughPart === null ? use.lengthM : 2 * use.lengthM, caseTemperatureC: state.caseTemperatureC, throughPart: use.throughPart,
    }), line);
    // Losses from different causes are independent.
    return { ...light, frameLossRatio: 1 - (1 - light.frameLossRatio) * (1 - state.frameLossRatio) };
  }

  #judge(lossDb: number): EvaluateMedium {
    let judge = this.#judges.get(lossDb);
    if (judge === undefined) this.#judges.set(lossDb, (judge = memoised(this.#deps.evaluateWithLoss(lossDb))));
    return judge;
  }
}

const unknownTarget = (event: LightEvent, row: number): Issue => ({
  code: 'unknown-component', path: `events[${row}].target`, value: event.target, message: 'This cluster has no such component',
  remedy: 'Write a path such as leaf0/module0/laser0, or a link such as `leaf0 to spine1`; `heliostat blast CLUSTER --worst 20` shows names of every kind',
});

/** Capacity events of a timeline on a cluster. Issues name targets that do not exist, and repairs of what has not failed. */
export function lightEvents(cluster: CompiledCluster, timeline: LightTimeline, deps: LightDeps): Parsed<CapacityEvents> {
  const light = new Light(cluster, deps);
  const issues: Issue[] = [];
  const sites = Array.from(cluster.fabric.componentKind.keys()).filter((component) => (cluster.fabric.componentParent[component] ?? -1) < 0);
  const runLater = (beforeNs: number): void => {
    light.later.sort((a, b) => a.atNs - b.atNs);
    for (let next = light.later[0]; next !== undefined && next.atNs <= beforeNs; next = light.later[0]) {
      light.later.shift();
      next.run();
    }
  };
  const ordered = timeline.events.map((event, row) => ({ event, row })).sort((a, b) => a.event.atNs - b.event.atNs || a.row - b.row);
  for (const { event, row } of ordered) {
    runLater(event.atNs);
    const components = event.target === '' ? sites : componentsOf(cluster, event.target);
    if (components.length === 0) issues.push(unknownTarget(event, row));
    else if (!light.apply(event, components)) {
      issues.push({ code: 'repair-before-fault', path: `events[${row}].target`, value: event.target, message: 'This component has not failed before', remedy: 'Repair what failed, by the same name' });
    }
  }
  if (issues.length > 0) return { ok: false, issues };
  runLater(Infinity);
  const retransmission: Retransmission = timeline.retransmission === 'goBackN' ? roceGoBackN : { kind: timeline.retransmission };
  return parsed(wavelengthEvents(cluster.fabric, light.changes, retransmission));
}
