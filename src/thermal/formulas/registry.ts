/** Every formula there is: those of optics and those of heat, by topic and by name. */

import type { Formula } from '../../optics/formulas/formula.ts';
import type { FormulaTopic } from '../../optics/formulas/registry.ts';
import { opticsFormulaTopics } from '../../optics/formulas/registry.ts';
import { heatFormulas } from './heat.ts';

export const formulaTopics: readonly FormulaTopic[] = [...opticsFormulaTopics, { topic: 'Heat and facility power', formulas: heatFormulas }];

export const formulas: readonly Formula[] = formulaTopics.flatMap((topic) => topic.formulas);

export const findFormula = (name: string): Formula | undefined => formulas.find((formula) => formula.name === name);
