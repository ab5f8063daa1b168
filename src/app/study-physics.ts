/** Binds a study to the catalogue: links judged by the optics room, prices by the user's list where there is one. */

import type { PriceList } from '../adapters/spec/spec.ts';
import type { FindPartFigures } from '../fabric/part-figures.ts';
import { createEvaluateMedium, createFindPartFigures } from '../fabric/physics.ts';
import type { Catalogue } from '../optics/catalogue/catalogue.ts';
import type { CompareDeps } from '../study/compare.ts';

/** Lays the prices of a user's list over the catalogue's. */
function pricedBy(find: FindPartFigures, prices: PriceList | null): FindPartFigures {
  if (prices === null) return find;
  return (partId) => {
    const figures = find(partId);
    const usd = prices.usdByPart.get(partId);
    if (figures === null || usd === undefined) return figures;
    return { ...figures, costUsd: { value: usd, unit: '$', kind: 'published', source: `${prices.source} (${prices.year})` } };
  };
}

export interface StudyPhysicsOptions {
  readonly catalogue: Catalogue;
  /** `null` settles each part's own. */
  readonly caseTemperatureC: number | null;
  readonly prices: PriceList | null;
  /** Further loss in every path, none by default. */
  readonly extraLossDb?: number;
}

/** Worst-case budgets, as a purchase should be judged. */
export function studyPhysics(options: StudyPhysicsOptions): Pick<CompareDeps, 'evaluateMedium' | 'findPartFigures'> {
  const physics = { catalogue: options.catalogue, view: 'worst-case' as const, caseTemperatureC: options.caseTemperatureC, extraLossDb: options.extraLossDb ?? 0 };
  return { evaluateMedium: createEvaluateMedium(physics), findPartFigures: pricedBy(createFindPartFigures(physics), options.prices) };
}
