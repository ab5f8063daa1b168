/** Runs a thermal study: plans the heat of a compiled cluster, lets it settle, changes something, and follows the hottest packages. */

import type { Issue, Parsed } from '../base/issue.ts';
import { parsed } from '../base/issue.ts';
import { weakestKind } from '../base/figure.ts';
import type { Bill } from '../fabric/bill.ts';
import type { CompiledCluster } from '../fabric/compiled.ts';
import { componentKinds } from '../fabric/components.ts';
import type { ComponentIx } from '../fabric/fabric.ts';
import type { HeatPlan, HeatPlanOptions } from '../fabric/heat-plan.ts';
import { coolingDesign, planHeat } from '../fabric/heat-plan.ts';
import type { EvaluateMedium, MediumUse } from '../fabric/medium.ts';
import type { FindPartFigures } from '../fabric/part-figures.ts';
import type { Catalogue } from '../optics/catalogue/catalogue.ts';
import { compileClusterHeat, initialHeatState } from '../thermal/cluster-compile.ts';
import type { PlacedPackage } from '../thermal/cluster-course.ts';
import { caseRow, coursesFrom, nearestToLimit, placedPackages } from '../thermal/cluster-course.ts';
import type { ClusterHeat, ClusterHeatState } from '../thermal/cluster-heat.ts';
import { heatIntoHeldW, stepClusterHeat } from '../thermal/cluster-step.ts';
import { temperatureIssues } from '../thermal/network.ts';
import { packageForPart } from '../thermal/package-catalogue.ts';
import { fullFlow, packageEvidence } from '../thermal/package-type.ts';
import { sitePower, sumPowerUpW } from '../thermal/power.ts';
import { evaluateSum } from '../thermal/response.ts';
import { climateIssues, shutdownAboveLimitK } from './thermal-limits.ts';
import { packageOutcome } from './thermal-outcome.ts';
import { summariseWavelengths } from './thermal-wavelengths.ts';
import type { LimitTime, PackageOutcome, PowerLevel, ThermalEvent, ThermalResult, WavelengthSummary } from './thermal-result.ts';

export interface ThermalQuestion {
  readonly cluster: CompiledCluster;
  readonly bill: Bill;
  readonly catalogue: Catalogue;
  readonly findPartFigures: FindPartFigures;
  readonly evaluateMedium: EvaluateMedium;
  /** One accelerator without its share of the server. */
  readonly acceleratorW: number;
  readonly airC: number;
  readonly coolantC: number;
  readonly activity: number;
  readonly pue: number;
  readonly event: ThermalEvent;
  readonly durationS: number;
  /** Points of each course, first and last included. */
  readonly samples: number;
  /** Packages followed of each type. */
  readonly followedMax: number;
}

/** A cluster's heat under the conditions before or after the event. */
interface Conditions {
  readonly plan: HeatPlan;
  readonly heat: ClusterHeat;
}

function packageOfPart(question: ThermalQuestion): HeatPlanOptions['packageOf'] {
  return (partId) => {
    const part = question.catalogue.find(partId);
    if (part === undefined) return null;
    const powerW = question.findPartFigures(partId)?.powerW.value ?? 0;
    return packageForPart({ kind: part.kind, powerW });
  };
}

function conditions(question: ThermalQuestion, flow: HeatPlanOptions['flow']): Parsed<Conditions> {
  const plan = planHeat(question.cluster, {
    find: question.findPartFigures, packageOf: packageOfPart(question), rackPowerW: question.bill.rackPowerW, acceleratorW: question.acceleratorW,
    airC: question.airC, coolantC: question.coolantC, flow, activity: question.activity,
  });
  const heat = compileClusterHeat(plan.spec);
  return heat.ok ? parsed({ plan, heat: heat.value }) : heat;
}

/** Held temperatures after the event. Held names are `inlet` and one `supplyN` per row. */
function applyEvent(heat: ClusterHeat, state: ClusterHeatState, event: ThermalEvent): void {
  heat.heldNames.forEach((name, row) => {
    const isSupply = name.startsWith('supply');
    const stepK = name === 'inlet' ? event.airStepK : isSupply && (event.loopRow === null || name === `supply${event.loopRow}`) ? event.coolantStepK : 0;
    state.heldC[row] = (state.heldC[row] ?? 0) + stepK;
  });
}

const copyOf = (state: ClusterHeatState): ClusterHeatState => ({
  nodeTemperatureC: Float64Array.from(state.nodeTemperatureC), nodePowerW: Float64Array.from(state.nodePowerW),
  volumeTemperatureC: Float64Array.from(state.volumeTemperatureC), volumeLoadW: Float64Array.from(state.volumeLoadW), heldC: Float64Array.from(state.heldC),
});

/** Package types without the scale that engines carry in their id. */
const baseType = (placed: PlacedPackage): string => placed.group.group.type.id.replace(/ x [\d.e+-]+$/, '');

/**
 * The packages to follow: of each type those nearest to their limit at the end. The first of a group stands for it, because
 * packages of one group have the same heat and the same surroundings here.
 */
function followed(heat: ClusterHeat, end: ClusterHeatState, countMax: number): PlacedPackage[] {
  const types = new Set<string>();
  for (const placed of placedPackages(heat)) types.add(baseType(placed));
  return [...types].sort().flatMap((type) => nearestToLimit(heat, end, { countMax, accepts: (placed) => placed.unit === 0 && baseType(placed) === type }));
}

/** Of each followed terminal, the use with the least margin among the links it carries. */
function worstUses(cluster: CompiledCluster, bodies: ReadonlySet<number>): ReadonlyMap<number, MediumUse> {
  const { fabric } = cluster;
  const worst = new Map<number, MediumUse>();
  for (let link = 0; link < fabric.linkCount; link++) {
    const body = fabric.componentParent[fabric.linkPort[link] ?? 0] ?? -1;
    const use = bodies.has(body) ? fabric.uses[fabric.cableUse[link >> 1] ?? -1] : undefined;
    if (use?.answer.report == null) continue;
    const known = worst.get(body);
    if (known?.answer.report == null || use.answer.report.marginDb < known.answer.report.marginDb) worst.set(body, use);
  }
  return worst;
}

function componentOf(plan: HeatPlan, placed: PlacedPackage): ComponentIx {
  const key = `${placed.zone.name}/${placed.cell.name}/${placed.group.group.name}`;
  return (plan.componentsOf.get(key)?.[placed.unit] ?? 0) as ComponentIx;
}

function powerLevels(cluster: CompiledCluster, plan: HeatPlan): PowerLevel[] {
  const { fabric } = cluster;
  const totalW = sumPowerUpW(fabric.componentParent, plan.ownPowerW);
  return ['module', 'engine', 'laserSource', 'nic', 'gpu', 'node', 'leaf', 'spine', 'core', 'rack', 'row', 'site'].flatMap((level): PowerLevel[] => {
    const kind = componentKinds.findIndex((name) => name === level);
    let count = 0;
    let sum = 0;
    let hottest = -1;
    for (let row = 0; row < totalW.length; row++) {
      if (fabric.componentKind[row] !== kind) continue;
      count++;
      sum += totalW[row] ?? 0;
      if (hottest < 0 || (totalW[row] ?? 0) > (totalW[hottest] ?? 0)) hottest = row;
    }
    return sum <= 0 ? [] : [{ level, count, totalKw: sum / 1e3, meanW: sum / count, maxW: totalW[hottest] ?? 0, maxName: fabric.componentName(hottest as ComponentIx) }];
  });
}

function powerOf(question: ThermalQuestion, after: Conditions, settled: ClusterHeatState): Parsed<ThermalResult['power']> {
  const itW = after.plan.ownPowerW.reduce((sum, value) => sum + value, 0);
  const site = sitePower([{ name: 'IT', count: 1, perUnitW: itW }], question.pue);
  if (!site.ok) return site;
  const out = heatIntoHeldW(after.heat, settled);
  const airW = after.heat.heldNames.reduce((sum, name, row) => (name === 'inlet' ? sum + (out[row] ?? 0) : sum), 0);
  const allW = out.reduce((sum, value) => sum + value, 0);
  return parsed({
    levels: powerLevels(question.cluster, after.plan), itMw: itW / 1e6, pue: question.pue, facilityMw: site.value.facilityMw,
    heatToAirMw: airW / 1e6, heatToCoolantMw: (allW - airW) / 1e6,
  });
}

function firstLimitOf(packages: readonly PackageOutcome[]): ThermalResult['firstLimit'] {
  let first: { name: string; limit: LimitTime } | null = null;
  for (const { name, limits } of packages) {
    for (const limit of limits) {
      if (limit.timeS !== null && (first === null || limit.timeS < (first.limit.timeS ?? Infinity))) first = { name, limit };
    }
  }
  return first;
}

function overLimitCount(heat: ClusterHeat, state: ClusterHeatState): number {
  let count = 0;
  for (const placed of placedPackages(heat)) if ((state.nodeTemperatureC[caseRow(placed)] ?? 0) > placed.group.group.type.caseLimitC.value) count++;
  return count;
}

const assumptions = (question: ThermalQuestion): readonly string[] => [
  `Racks are given air for a rise of ${coolingDesign.airRiseK.value} K and loops coolant for ${coolingDesign.coolantRiseK.value} K at full load; packages meet the mean of inlet and outlet.`,
  'Powers do not follow temperature: what the control loop of a warm laser adds is reported and not fed back.',
  `A part is taken to switch itself off ${shutdownAboveLimitK} K above its case limit (estimate); its heat stays in the model, and no failure rate is given beyond.`,
  question.cluster.design.feeds.coolant === null
    ? 'Without a coolant feed, accelerators warm the air of their rack.'
    : 'With a coolant feed, accelerators and engines sit on cold plates; everything else is cooled by air.',
  'Thermal resistances and capacities of packages are estimates, set to published powers and time constants.',
];

/** A changed loop that cools nothing would be answered with silence. */
function idleLoopIssues(plan: HeatPlan, event: ThermalEvent): Issue[] {
  const changed = event.coolantStepK !== 0 || event.coolantFlow !== 1 || event.loopRow !== null;
  const cooled = plan.spec.zones.some((zone) => zone.cells.some((cell) => cell.groups.some(({ type }) => type.ports.includes('coolant'))));
  return !changed || cooled ? [] : [{
    code: 'no-coolant', path: 'feeds.coolant', message: 'The coolant is asked to change, but nothing in this cluster is cooled by coolant',
    remedy: 'Give the cluster a coolant feed such as `coolant: {per: row}`, or change the air instead',
  }];
}

/** Answers a thermal question. Issue codes are those of `compileClusterHeat`, `sitePower`, `temperatureIssues` and `climateIssues`, and `no-coolant`. */
export function runThermal(question: ThermalQuestion): Parsed<ThermalResult> {
  const { event, durationS, samples } = question;
  const { airC, coolantC } = question;
  const wrong = temperatureIssues({
    'inlet air': airC, 'inlet air after the event': airC + event.airStepK, 'coolant supply': coolantC, 'coolant supply after the event': coolantC + event.coolantStepK,
  });
  const beyond = wrong.length > 0 ? wrong : climateIssues(question);
  if (beyond.length > 0) return { ok: false, issues: beyond };
  const before = conditions(question, fullFlow);
  if (!before.ok) return before;
  const after = conditions(question, { air: event.airFlow, coolant: event.coolantFlow });
  if (!after.ok) return after;
  const { heat, plan } = after.value;
  const idle = idleLoopIssues(plan, event);
  if (idle.length > 0) return { ok: false, issues: idle };
  const state = initialHeatState(before.value.heat, before.value.plan.spec, { startC: question.airC });
  stepClusterHeat(before.value.heat, state, Infinity);
  // Both plans list the same packages in the same order, so the settled temperatures are the start of the changed cluster.
  applyEvent(heat, state, event);
  const end = copyOf(state);
  stepClusterHeat(heat, end, durationS);
  const settled = copyOf(state);
  stepClusterHeat(heat, settled, Infinity);
  const power = powerOf(question, after.value, settled);
  if (!power.ok) return power;
  const courses = coursesFrom(heat, state);
  const timesS = Array.from({ length: samples }, (_, at) => (durationS * at) / (samples - 1));
  const chosen = followed(heat, end, question.followedMax).map((placed) => ({ placed, component: componentOf(plan, placed) }));
  const uses = worstUses(question.cluster, new Set(chosen.map(({ component }) => component)));
  const summarise = (at: ClusterHeatState): WavelengthSummary => summariseWavelengths({ cluster: question.cluster, catalogue: question.catalogue, plan, heat, state: at, evaluateMedium: question.evaluateMedium });
  const wavelengths = { now: summarise(state), end: summarise(end) };
  const { components } = question.cluster.fabric;
  const packages = chosen.map(({ placed, component }) => {
    const course = courses.courseOf(placed, placed.group.group.type.caseNode);
    const partId = components.parts[components.part[component] ?? 0] ?? '';
    return packageOutcome({
      name: components.nameOf(component), packageType: baseType(placed), part: question.catalogue.find(partId) ?? null, placed,
      use: uses.get(component) ?? null, evaluateMedium: question.evaluateMedium, catalogue: question.catalogue, courses, durationS,
      powerW: plan.ownPowerW[component] ?? 0, caseC: timesS.map((timeS) => evaluateSum(course, timeS)),
    });
  });
  return parsed({
    schema: 'heliostat/thermal/1', cluster: question.cluster.design.name, event, durationS, inlet: { airC, coolantC },
    model: { packages: heat.packageCount, nodes: heat.nodeCount, zones: heat.zones.length },
    timesS, packages, overLimit: overLimitCount(heat, end), wavelengths, firstLimit: firstLimitOf(packages), power: power.value,
    weakestKind: weakestKind(chosen.map(({ placed }) => packageEvidence(placed.group.group.type))), assumptions: assumptions(question),
  });
}
