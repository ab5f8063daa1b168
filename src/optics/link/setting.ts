/** What every stage builder of one evaluation shares. */

import type { Refusal } from '../../base/refusal.ts';
import type { Celsius } from '../../base/units.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Part } from '../part.ts';
import type { FigureReader } from './figures.ts';
import type { LinkRequest } from './request.ts';

export interface Setting {
  readonly request: LinkRequest;
  readonly read: FigureReader;
  readonly caseC: Celsius;
  readonly typical: boolean;
  /** Why the link does not close, besides its margin; stage builders add to it. */
  readonly obstacles: Refusal[];
  /** A part that the asked part refers to. A reference to nothing is noted as an obstacle. */
  referred(part: Part, parameter: string): Part | null;
}

/** Case temperature at which the power of a part is taken to be stated where it does not say. */
export const referenceCaseC = 40;

const emptyPart = (id: string): Part => ({ id, kind: 'unknown', name: id, year: 0, params: {} });

/** A part the model itself relies on; when a user's catalogue lacks it, its figures come out as missing. */
export const standardPart = (catalogue: Catalogue, id: string): Part => catalogue.find(id) ?? emptyPart(id);
