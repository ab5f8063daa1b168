/** The table of all formulas, for the terminal and for docs/formulas.md. */

import type { Formula } from '../optics/formulas/formula.ts';
import { formulas, formulaTopics } from '../thermal/formulas/registry.ts';

/** `x`, `B [GHz]`, `channels [count] = 8`. */
function inputText(key: string, input: Formula['inputs'][string]): string {
  const unit = input.unit === '' ? '' : ` [${input.unit}]`;
  return `${key}${unit}${input.default === undefined ? '' : ` = ${input.default}`}`;
}

const inputsText = ({ inputs }: Formula): string => Object.entries(inputs).map(([key, input]) => inputText(key, input)).join(', ');

/** Machine-readable form of one formula; keys as in the published facts. */
export const formulaRecord = ({ name, computes, expression, inputs, resultUnit, source }: Formula): object => ({
  formula: name, computes, expression,
  inputs: Object.fromEntries(Object.entries(inputs).map(([key, { unit, default: value, domain }]) => [key, { unit, ...(value === undefined ? {} : { default: value }), domain: domain.says }])),
  result_unit: resultUnit, source,
});

/** One line per formula, by topic. */
export function formulaList(paint: { readonly title: (text: string) => string; readonly faint: (text: string) => string }): string {
  const width = Math.max(...formulas.map((formula) => formula.name.length));
  return formulaTopics
    .map(({ topic, formulas: members }) => {
      const lines = members.map((formula) => {
        const unit = formula.resultUnit === '' ? '' : ` [${formula.resultUnit}]`;
        return `  ${formula.name.padEnd(width)}  ${formula.computes}${unit}\n  ${' '.repeat(width)}  ${paint.faint(inputsText(formula))}`;
      });
      return `${paint.title(topic)}\n${lines.join('\n')}`;
    })
    .join('\n\n');
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** The page docs/formulas.md. */
export function formulaMarkdown(): string {
  const sections = formulaTopics.map(({ topic, formulas: members }) => {
    const rows = members.map(
      (formula) => `| \`${formula.name}\` | ${cell(formula.computes)} | \`${cell(formula.expression)}\` | ${cell(inputsText(formula))} | ${cell(formula.resultUnit)} | ${cell(formula.source)} |`,
    );
    return `## ${topic}\n\n| Name | Computes | Expression | Inputs | Result | Source |\n|---|---|---|---|---|---|\n${rows.join('\n')}\n`;
  });
  return `# Formulas

${formulas.length} formulas, each the same function that the models call. Evaluate one with \`heliostat formula NAME key=value...\`.
This page is printed by \`heliostat formula --markdown\`; a test keeps it current.

${sections.join('\n')}`;
}
