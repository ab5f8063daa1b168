/** Asks of one choice and one workload how step time, energy, cost and margin move with each part parameter and with the network. */

import type { Issue, Parsed } from '../base/issue.ts';
import { parsed } from '../base/issue.ts';
import { nearestNames } from '../base/nearest-name.ts';
import type { ClusterDesign } from '../fabric/design.ts';
import type { Catalogue } from '../optics/catalogue/catalogue.ts';
import type { Slope } from './sensitivity-derivative.ts';
import { findThreshold, slopesAt } from './sensitivity-derivative.ts';
import type { BindPhysics, Outcome, OutcomeModel, World } from './sensitivity-outcome.ts';
import { createOutcomeModel, sensitivityMetrics } from './sensitivity-outcome.ts';
import type { SensitivityParameter } from './sensitivity-parameters.ts';
import { partParameters, recordedCatalogue, siteParameters } from './sensitivity-parameters.ts';
import type { SensitivityEffect, SensitivityResult, SensitivityRow, SensitivityThreshold } from './sensitivity-result.ts';
import type { TrainingJob } from './training-run.ts';

export interface SensitivityQuestion {
  readonly study: string;
  readonly cluster: string;
  readonly choice: { readonly name: string; readonly design: ClusterDesign };
  readonly workload: { readonly name: string; readonly job: TrainingJob };
  readonly pue: number;
  /** Names of parameters to turn; every one that the choice reads when empty. */
  readonly parameters: readonly string[];
}

export interface SensitivityDeps {
  readonly catalogue: Catalogue;
  readonly bind: BindPhysics;
  readonly onProgress?: (done: number, total: number, label: string) => void;
}

/** First step of a difference, as a share of the parameter's everyday change. */
const stepShare = 0.1;
/** A threshold is bisected to this share of the everyday change. */
const toleranceShare = 1e-3;

/** What every parameter's question shares. */
interface Ground { readonly model: OutcomeModel; readonly world: World; readonly base: Outcome }

const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);

function effectOf(parameter: SensitivityParameter, row: number, slope: Slope, result: number): SensitivityEffect {
  const metric = sensitivityMetrics[row];
  if (metric === undefined) throw new Error(`There is no result ${row}.`);
  const derivative = slope.kind === 'none' ? null : slope.derivative;
  const above = slope.kind === 'kink' ? slope.above : derivative;
  const change = above === null ? null : above * parameter.probe;
  const hasZero = parameter.probeText.endsWith('%');
  return {
    metric: metric.name, unit: `${metric.unit} per ${parameter.unit === '' ? '1' : parameter.unit}`, derivative,
    kink: slope.kind === 'kink' ? { below: slope.below, above: slope.above } : null,
    elasticity: above === null || !hasZero || metric.unit === 'dB' ? null : finiteOrNull((above * parameter.value) / result),
    change, changeShare: change === null || metric.unit === 'dB' ? null : finiteOrNull(change / result),
  };
}

/** What changes at the first switch on the way to `to`. */
function thresholdOf({ model, world }: Ground, parameter: SensitivityParameter, to: number): SensitivityThreshold | null {
  const at = (value: number): Outcome => model.at(parameter.apply(world, value));
  const found = findThreshold((value) => model.stateAt(parameter.apply(world, value)), { from: parameter.value, to, tolerance: parameter.probe * toleranceShare });
  if (found === null) return null;
  const before = at(found.inside);
  const after = at(found.outside);
  return {
    ...found,
    linksClosing: { before: before.links.closing, after: after.links.closing, total: after.links.total },
    jumps: sensitivityMetrics.map(({ name }, row) => ({ metric: name, before: finiteOrNull(before.values[row] ?? Number.NaN), after: finiteOrNull(after.values[row] ?? Number.NaN) })),
    refused: after.refused,
  };
}

function rowOf(ground: Ground, parameter: SensitivityParameter): SensitivityRow {
  const { model, world, base } = ground;
  const slopes = slopesAt((value) => model.at(parameter.apply(world, value)), parameter.value, parameter.probe * stepShare);
  const distance = (threshold: SensitivityThreshold): number => Math.abs(threshold.outside - parameter.value);
  const thresholds = [parameter.low, parameter.high]
    .flatMap((to) => (to === parameter.value ? [] : [thresholdOf(ground, parameter, to)])).filter((threshold) => threshold !== null)
    .sort((a, b) => distance(a) - distance(b) || a.outside - b.outside);
  const { name, about, unit, value, kind, source, probe, probeText } = parameter;
  return {
    parameter: name, about, unit, value, kind, source, probe, probeText, thresholds,
    effects: slopes.map((slope, row) => effectOf(parameter, row, slope, base.values[row] ?? Number.NaN)),
    crosses: thresholds.some((threshold) => threshold.outside > value && threshold.outside <= value + probe),
  };
}

/** Changes below this share of a result are the solvers' tolerance, not an effect. */
const movedShare = 1e-7;

/** Largest change first; ties in order of the rows. */
function rankingOf(rows: readonly SensitivityRow[], column: number, result: number): readonly string[] {
  const size = (row: SensitivityRow): number => Math.abs(row.effects[column]?.change ?? 0);
  return rows.filter((row) => size(row) > movedShare * Math.abs(result)).sort((a, b) => size(b) - size(a)).map((row) => row.parameter);
}

interface Chosen { readonly parameters: readonly SensitivityParameter[]; readonly notTurned: readonly string[] }

/** The parameters asked for, or all that the base world read. A name that is neither is an issue. */
function choose(question: SensitivityQuestion, catalogue: Catalogue, known: { readonly site: readonly SensitivityParameter[]; readonly read: ReadonlySet<string> }): Parsed<Chosen> {
  const own = new Map(known.site.map((parameter) => [parameter.name, parameter]));
  if (question.parameters.length === 0) {
    // A figure that is text or a set of shares is no parameter at all; one that counts things is named as not turned.
    const parts = partParameters(catalogue, known.read);
    const isNumber = (name: string): boolean => typeof catalogue.find(name.slice(0, name.indexOf('.')))?.params[name.slice(name.indexOf('.') + 1)]?.value === 'number';
    const turned = parts.flatMap(({ parameter }) => (parameter === null ? [] : [parameter]));
    return parsed({ parameters: [...known.site, ...turned], notTurned: parts.filter(({ name, parameter }) => parameter === null && isNumber(name)).map(({ name }) => name) });
  }
  const parameters: SensitivityParameter[] = [];
  const issues: Issue[] = [];
  for (const name of question.parameters) {
    const found = own.get(name) ?? partParameters(catalogue, [name])[0]?.parameter ?? null;
    if (found !== null) {
      parameters.push(found);
      continue;
    }
    const near = nearestNames(name, [...own.keys(), ...known.read]);
    issues.push({
      code: 'unknown-parameter', path: '--param', value: name, message: 'Neither the network nor any part of the catalogue has a continuous parameter of this name',
      remedy: near.length > 0 ? `Did you mean ${near.join(', ')}?` : 'Write part.figure, as `heliostat part ID` lists them, or network.rate, network.latency, network.extraLoss',
    });
  }
  return issues.length > 0 ? { ok: false, issues } : parsed({ parameters, notTurned: [] });
}

const assumptions: readonly string[] = [
  'Every row turns one parameter and leaves all else as it is.',
  'Derivatives are central differences between states in which the same links close; where a link stops closing, the value is given as a threshold instead.',
  'Energy counts the whole cluster at full power for the length of the step; only the row with the site includes the PUE.',
  'A figure known as a range stands at its midpoint and is moved as a whole.',
];

/** Issues are those of the design, or name a parameter that does not exist. A workload that cannot run leaves its results without value. */
export function studySensitivity(question: SensitivityQuestion, deps: SensitivityDeps): Parsed<SensitivityResult> {
  const { choice, workload } = question;
  const recorded = recordedCatalogue(deps.catalogue);
  const world: World = {
    // Where the study states no case temperature each part keeps settling at its own, as in every other command.
    design: choice.design, catalogue: recorded.catalogue, caseTemperatureC: choice.design.caseTemperatureC, extraLossDb: 0, rateScale: 1, pue: question.pue,
  };
  const created = createOutcomeModel(world, workload.job, deps.bind);
  if (!created.ok) return created;
  const model = created.value;
  const base = model.at(world);
  const read = new Set(recorded.read);
  const chosen = choose(question, deps.catalogue, { site: siteParameters(world, model.network), read });
  if (!chosen.ok) return chosen;
  const ground: Ground = { model, world: { ...world, catalogue: deps.catalogue }, base };
  const { parameters, notTurned } = chosen.value;
  const rows = parameters.map((parameter, row) => {
    deps.onProgress?.(row, parameters.length, parameter.name);
    return rowOf(ground, parameter);
  });
  return parsed({
    schema: 'heliostat/sensitivity/1', study: question.study, cluster: question.cluster, choice: choice.name, workload: workload.name,
    metrics: sensitivityMetrics.map(({ name, label, unit }, row) => ({ name, label, unit, value: finiteOrNull(base.values[row] ?? Number.NaN) })),
    links: base.links, rows, rankings: sensitivityMetrics.map(({ name }, column) => ({ metric: name, parameters: rankingOf(rows, column, base.values[column] ?? Number.NaN) })), notTurned, assumptions,
  });
}
