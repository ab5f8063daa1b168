/** Names what a conclusion stands on: the figure that weighs most in a sum, and the heaviest of those with the weakest evidence. */

import type { Figure } from '../base/figure.ts';
import { evidenceKinds } from '../base/figure.ts';
import type { Bill, BillRow } from '../fabric/bill.ts';
import type { ClusterDesign } from '../fabric/design.ts';
import type { FindPartFigures } from '../fabric/part-figures.ts';
import { rowName } from './bill-names.ts';
import type { ConclusionEvidence, EvidenceFigure } from './compare-result.ts';

type Quantity = 'powerW' | 'costUsd' | 'failuresPerDay';
/** The figure of one piece behind each sum of the bill; failures stand on the time between them. */
const figureNames = { powerW: 'powerW', costUsd: 'costUsd', failuresPerDay: 'mtbfH' } as const;
const conclusions: readonly { readonly conclusion: ConclusionEvidence['conclusion']; readonly quantity: Quantity }[] = [
  { conclusion: 'power', quantity: 'powerW' }, { conclusion: 'cost', quantity: 'costUsd' }, { conclusion: 'failures', quantity: 'failuresPerDay' },
];

export interface EvidenceSources {
  readonly design: ClusterDesign;
  readonly find: FindPartFigures;
}

/** The stated figure of one piece of a row: that of the design for devices, that of the catalogue for parts; their value as the bill scaled it. */
function pieceFigure(row: BillRow, quantity: Quantity, { design, find }: EvidenceSources): Figure {
  const device = row.role === 'switch' ? design.switch : row.role === 'nic' ? design.nic : row.role === 'ocs' || row.role === 'awgr' ? design.ocs : find(row.part);
  const stated = device?.[figureNames[quantity]];
  const sum = row[quantity];
  const each = sum.value / row.count;
  if (quantity === 'failuresPerDay') return { value: each > 0 ? 24 / each : 0, unit: 'h', kind: sum.kind, source: stated?.source ?? sum.source };
  return { value: each, unit: sum.unit, kind: sum.kind, source: stated?.source ?? sum.source };
}

/** Heaviest first; ties keep the order of the bill. */
function figuresBehind(bill: Bill, quantity: Quantity, sources: EvidenceSources): readonly EvidenceFigure[] {
  const rows = bill.rows.filter((row) => row[quantity].value > 0);
  const sum = rows.reduce((total, row) => total + row[quantity].value, 0);
  return rows.map((row) => ({ name: rowName(row), figure: pieceFigure(row, quantity, sources), share: row[quantity].value / sum })).sort((a, b) => b.share - a.share);
}

/** One entry per conclusion that any figure stands behind. */
export function evidenceOf(bill: Bill, sources: EvidenceSources): readonly ConclusionEvidence[] {
  return conclusions.flatMap(({ conclusion, quantity }): readonly ConclusionEvidence[] => {
    const figures = figuresBehind(bill, quantity, sources);
    const [heaviest] = figures;
    const strength = ({ figure }: EvidenceFigure): number => evidenceKinds.indexOf(figure.kind);
    const weakest = figures.reduce<EvidenceFigure | undefined>((worst, one) => (worst === undefined || strength(one) > strength(worst) ? one : worst), undefined);
    return heaviest === undefined || weakest === undefined ? [] : [{ conclusion, kind: weakest.figure.kind, heaviest, weakest }];
  });
}
