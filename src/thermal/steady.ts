/** The temperature a package settles at: what the link model and the design comparison need to know of heat. */

import type { EvidenceKind, Figure } from '../base/figure.ts';
import { weakestKind } from '../base/figure.ts';
import type { Issue, Parsed } from '../base/issue.ts';
import { parsed } from '../base/issue.ts';
import type { Celsius, Kelvins } from '../base/units.ts';
import { quantity } from '../base/units.ts';
import { powerIssues, temperatureIssues } from './network.ts';
import type { FlowShare, PackageType } from './package-type.ts';
import { fullFlow, nodePowersW, nodeRow, packageEvidence, packageNetwork } from './package-type.ts';
import { steadyTemperaturesC } from './response.ts';

const ashrae = 'ASHRAE TC 9.9, Thermal Guidelines for Data Processing Environments, 5th ed. (2021)';

/** Inlet conditions of a well-run hall, for callers that state none. */
export const typicalInlet = {
  /** Upper end of the recommended envelope for classes A1 to A4. */
  airC: { value: 27, unit: 'C', kind: 'published', source: `${ashrae}: recommended 18 to 27 °C` },
  /** How much warmer the air already is when it reaches a module's heat sink. */
  airPreheatK: { value: 8, unit: 'K', kind: 'estimate', source: 'engineering estimate: half the rise of 15 to 20 K across a switch' },
  /** Supply of the technology cooling loop; facility water classes W32 and W40 bracket it. */
  coolantC: { value: 35, unit: 'C', kind: 'estimate', source: `between the facility water classes W32 and W40 of ${ashrae}, 30 to 40 C in practice` },
} as const satisfies Record<string, Figure>;

export interface SteadyQuestion {
  readonly package: PackageType;
  /** The package's own power; the catalogue's when absent. */
  readonly powerW?: number;
  /** 0 idle to 1 fully busy; 1 when absent. */
  readonly activity?: number;
  /** Air at the rack inlet. */
  readonly airC?: number;
  /** Warming of that air before it reaches this package. */
  readonly airPreheatK?: number;
  readonly coolantC?: number;
  readonly flow?: FlowShare;
}

export interface SteadyTemperatures {
  readonly caseC: Celsius;
  readonly caseLimitC: Celsius;
  /** Limit minus case: negative when the package runs too hot. */
  readonly marginK: Kelvins;
  readonly laserC: Celsius | null;
  readonly ringC: Celsius | null;
  readonly nodes: readonly { readonly name: string; readonly temperatureC: Celsius }[];
  readonly kind: EvidenceKind;
}

function questionIssues(question: SteadyQuestion, activity: number): Issue[] {
  const { airC = 0, airPreheatK = 0, coolantC = 0, powerW = 0 } = question;
  const issues = [...temperatureIssues({ airC, coolantC, 'airC + airPreheatK': airC + airPreheatK }), ...powerIssues({ powerW })];
  if (!(activity >= 0 && activity <= 1)) {
    issues.push({ code: 'bad-activity', path: 'activity', message: 'An activity is a share from 0 (idle) to 1 (busy)', remedy: 'Give a number from 0 to 1.', value: String(activity) });
  }
  return issues;
}

/** Settled temperatures of one package. Issue codes: `not-finite`, `below-absolute-zero`, `bad-power`, `bad-activity`, `bad-flow`. */
export function steadyCaseTemperature(question: SteadyQuestion): Parsed<SteadyTemperatures> {
  const { package: type, activity = 1, flow = fullFlow } = question;
  const issues = questionIssues(question, activity);
  if (issues.length > 0) return { ok: false, issues };
  const network = packageNetwork(type, flow);
  if (!network.ok) return network;
  const port = {
    air: (question.airC ?? typicalInlet.airC.value) + (question.airPreheatK ?? typicalInlet.airPreheatK.value),
    coolant: question.coolantC ?? typicalInlet.coolantC.value,
  };
  const powerW = nodePowersW(type, { activity, ...(question.powerW === undefined ? {} : { powerW: question.powerW }) });
  const temperatureC = steadyTemperaturesC(network.value, { powerW, portC: Float64Array.from(type.ports, (name) => port[name]) });
  const at = (name: string): Celsius => quantity(temperatureC[nodeRow(type, name)] ?? 0);
  const caseC = at(type.caseNode);
  return parsed({
    caseC,
    caseLimitC: quantity<Celsius>(type.caseLimitC.value),
    marginK: quantity<Kelvins>(type.caseLimitC.value - caseC),
    laserC: type.laserNode === null ? null : at(type.laserNode),
    ringC: type.ringNode === null ? null : at(type.ringNode),
    nodes: type.nodes.map(({ name }) => ({ name, temperatureC: at(name) })),
    kind: weakestKind([packageEvidence(type), type.caseLimitC.kind]),
  });
}
