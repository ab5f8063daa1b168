/** A figure in a spec: a bare quantity, or a quantity with its evidence and source. */

import { z } from 'zod';
import type { Figure } from '../../base/figure.ts';
import { evidenceKinds } from '../../base/figure.ts';
import type { DimensionName } from '../quantity.ts';
import { dimensionOf } from '../quantity.ts';
import type { QuantityNote } from './fields.ts';
import { quantityField, textField } from './fields.ts';

/** What stands as source when a spec gives a bare quantity. */
const bareFigureSource = 'as the spec states';

export const writtenFigure = (value: string, kind: Figure['kind'], source: string): { readonly value: string; readonly kind: Figure['kind']; readonly source: string } => ({ value, kind, source });

/** A quantity that carries its birth certificate; a bare one counts as an estimate, because its origin is not stated. */
export function figureField(dimension: DimensionName, note: QuantityNote): z.ZodType<Figure> {
  const unit = dimensionOf(dimension).base;
  const quantity = quantityField(dimension, note);
  const full = z
    .strictObject({
      value: quantity,
      kind: z.enum(evidenceKinds as readonly ['measured', 'published', 'estimate']).prefault('estimate').meta({ description: 'How the figure came to be known.', examples: ['published'] }),
      source: textField({ about: 'Where a reader can check the figure.', example: 'vendor datasheet, 2025' }).prefault(bareFigureSource),
    })
    .transform((figure): Figure => ({ value: figure.value, unit, kind: figure.kind, source: figure.source }));
  return z.union([quantity.transform((value): Figure => ({ value, unit, kind: 'estimate', source: bareFigureSource })), full]).meta({ description: note.about, examples: [note.example] });
}
