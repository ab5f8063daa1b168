/** The catalogue: every built-in part, what users add or override, and typed access to the figures. */

import type { Figure } from '../../base/figure.ts';
import { parsed, rejected } from '../../base/issue.ts';
import type { Parsed } from '../../base/issue.ts';
import { nearestNames } from '../../base/nearest-name.ts';
import type { Param, Part } from '../part.ts';
import { circuitSwitchParts } from './circuit-switch.ts';
import { coPackagedParts } from './co-packaged.ts';
import { coherentParts } from './coherent.ts';
import { completions } from './completions.ts';
import { composedParts } from './composed.ts';
import { copperParts } from './copper.ts';
import { lightSourceParts } from './light-source.ts';
import { lpoParts } from './lpo.ts';
import { modulatorParts } from './modulator.ts';
import { multimodeParts } from './multimode.ts';
import { opticalIoParts } from './optical-io.ts';
import { passiveParts } from './passive.ts';
import { pluggableParts } from './pluggable.ts';

/** A figure that may be known only as a range: `value` is the midpoint, or `low` and `high` equal it. */
export interface RangeFigure extends Figure {
  readonly low: number;
  readonly high: number;
}

export interface Catalogue {
  /** In order of kind, then as listed; users' own parts last. */
  readonly parts: readonly Part[];
  find(id: string): Part | undefined;
  /** Ids that resemble `id`, nearest first; ties in alphabetical order. */
  suggest(id: string): readonly string[];
}

/** Parts as their sources state them, without what was completed for the models. */
export const sourcedParts: readonly Part[] = [
  ...copperParts, ...multimodeParts, ...pluggableParts, ...lpoParts, ...coPackagedParts, ...opticalIoParts,
  ...lightSourceParts, ...modulatorParts, ...circuitSwitchParts, ...coherentParts, ...passiveParts,
];

const complete = (part: Part): Part => {
  const added = completions[part.id];
  // Named twice on purpose: sourced figures come first in order, and win.
  return added === undefined ? part : { ...part, params: { ...part.params, ...added, ...part.params } };
};

/** Every part that ships with Heliostat: sourced figures first, gaps filled by estimates that say so. */
export const builtInParts: readonly Part[] = [...sourcedParts.map(complete), ...composedParts];

/** An override keeps what it does not name: parameters merge one by one, later parts win. */
const merge = (base: Part | undefined, override: Part): Part =>
  base === undefined ? override : { ...base, ...override, params: { ...base.params, ...override.params } };

/** The built-in parts with users' parts laid over them: a known id overrides parameter by parameter, a new id is added. */
export function createCatalogue(overrides: readonly Part[] = []): Catalogue {
  const byId = new Map<string, Part>();
  for (const part of [...builtInParts, ...overrides]) byId.set(part.id, merge(byId.get(part.id), part));
  const parts = [...byId.values()];
  return {
    parts,
    find: (id) => byId.get(id),
    suggest: (id) => nearestNames(id, parts.map((part) => part.id)),
  };
}

/** A part by id, or the issue that names its nearest neighbours. */
export function requirePart(catalogue: Catalogue, id: string): Parsed<Part> {
  const part = catalogue.find(id);
  if (part !== undefined) return parsed(part);
  const near = catalogue.suggest(id);
  const remedy = near.length > 0 ? `Did you mean ${near.join(', ')}?` : 'List the catalogue with `heliostat parts`.';
  return rejected({ code: 'unknown-part', message: 'No part has this id', remedy, value: id });
}

const isRange = (param: Param): boolean => param.isRange === true && Array.isArray(param.value);

/** A parameter as a number with its evidence, a range as its midpoint with both ends; `null` where it is absent or not a number. */
export function figureOf(part: Part, name: string): RangeFigure | null {
  const param = Object.hasOwn(part.params, name) ? part.params[name] : undefined;
  if (param === undefined) return null;
  const { unit, kind, source, value } = param;
  if (typeof value === 'number') return { value, low: value, high: value, unit, kind, source };
  if (!isRange(param)) return null;
  const [low, high] = value as readonly [number, number];
  return { value: (low + high) / 2, low, high, unit, kind, source };
}

/** A named choice, or `null` where the parameter is absent or not text. */
export function textOf(part: Part, name: string): string | null {
  const param = Object.hasOwn(part.params, name) ? part.params[name] : undefined;
  return typeof param?.value === 'string' ? param.value : null;
}

/** Named shares of a whole (`power_split`), or `null` where the parameter is absent or not a set of shares. */
export function sharesOf(part: Part, name: string): Readonly<Record<string, number>> | null {
  const param = Object.hasOwn(part.params, name) ? part.params[name] : undefined;
  return typeof param?.value === 'object' && !Array.isArray(param.value) ? (param.value as Readonly<Record<string, number>>) : null;
}
