/** `heliostat formula`: lists the formulas of the models, or evaluates one and says where it comes from. */

import type { Issue } from '../../base/issue.ts';
import { nearestNames } from '../../base/nearest-name.ts';
import { isRefusal } from '../../base/refusal.ts';
import type { Evaluated, Formula } from '../../optics/formulas/formula.ts';
import { findFormula, formulas } from '../../thermal/formulas/registry.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { parseFormulaInputs } from '../formula-input.ts';
import { formulaList, formulaMarkdown, formulaRecord } from '../formula-page.ts';
import type { Terminal } from '../terminal.ts';

interface FormulaOptions {
  readonly json?: true;
  readonly markdown?: true;
}

const examples = `
Examples:
  heliostat formula                                          list all formulas with their inputs and units
  heliostat formula pam4-ber x=3.414                         PAM4 bit error ratio of an eye Q
  heliostat formula link-margin OMA_minus_TDECQ=-2.2 IL=3 SRS=-1.9 SECQ=3.4
  heliostat formula fibre-delay L=2km n=1.468                a value may name a unit that converts to the stated one
  heliostat formula laser-junction-temperature Ta=55 I=100 Rth=40 --json

A bare number is in the unit that the list states. Exit code 0: evaluated; 1: physics has no answer (a floor, a rollover); 2: bad input.`;

function unknownFormula(name: string): Issue {
  const near = nearestNames(name, formulas.map((formula) => formula.name));
  const remedy = near.length > 0 ? `Did you mean ${near.join(', ')}?` : 'List all with `heliostat formula`.';
  return { code: 'unknown-formula', message: 'No formula has this name', remedy, value: name };
}

/** Seven digits are more than any of these models deserve, and enough to compare by eye. */
const shown = (value: number): string => String(Number(value.toPrecision(7)));

function printEvaluated(terminal: Terminal, formula: Formula, { value, unit, remark }: Evaluated, inputs: Readonly<Record<string, number>>): void {
  const { bold, dim } = terminal.colours;
  const given = Object.entries(formula.inputs).map(([key, rule]) => {
    const inForce = inputs[key] ?? rule.default ?? Number.NaN;
    return `${key} = ${shown(inForce)}${rule.unit === '' ? '' : ` ${rule.unit}`}${Object.hasOwn(inputs, key) ? '' : ' (default)'}`;
  });
  terminal.print(`${bold(`${shown(value)}${unit === '' ? '' : ` ${unit}`}`)}  ${formula.computes}`);
  if (remark !== undefined) terminal.print(remark);
  terminal.print(`${dim('expression')}  ${formula.expression}`);
  terminal.print(`${dim('inputs')}      ${given.join(', ')}`);
  terminal.print(`${dim('source')}      ${formula.source}`);
}

function evaluateNamed(terminal: Terminal, name: string, words: readonly string[], json: boolean): ExitCode {
  const formula = findFormula(name);
  if (formula === undefined) return reportIssues(terminal, [unknownFormula(name)], { json });
  const inputs = parseFormulaInputs(formula, words);
  if (!inputs.ok) return reportIssues(terminal, inputs.issues, { json });
  const outcome = formula.evaluate(inputs.value);
  if (isRefusal(outcome)) {
    if (json) terminal.printJson({ formula: name, refusal: outcome });
    else for (const reason of outcome.reasons) terminal.complain(`${name}: ${reason} [${outcome.code}]`);
    return 1;
  }
  if (!outcome.ok) return reportIssues(terminal, outcome.issues, { json });
  const { value, unit, remark } = outcome.value;
  if (json) {
    terminal.printJson({ formula: name, value, unit, ...(remark === undefined ? {} : { remark }), inputs: inputs.value, expression: formula.expression, source: formula.source });
  } else printEvaluated(terminal, formula, outcome.value, inputs.value);
  return 0;
}

function listAll(terminal: Terminal, { json, markdown }: FormulaOptions): ExitCode {
  if (json === true) terminal.printJson(formulas.map(formulaRecord));
  else if (markdown === true) terminal.print(formulaMarkdown());
  else {
    terminal.print(formulaList({ title: terminal.colours.bold, faint: terminal.colours.dim }));
    terminal.complain(`\n${formulas.length} formulas. Evaluate one: heliostat formula NAME key=value...`);
  }
  return 0;
}

export const formulaCommand: CommandModule = {
  register(program, terminal, finish) {
    program
      .command('formula')
      .description('list the formulas of the models, or evaluate one')
      .argument('[name]', 'formula to evaluate; all are listed without it')
      .argument('[inputs...]', 'inputs as key=value, in the units that the list states')
      .option('--json', 'print one JSON document')
      .option('--markdown', 'print the list as the documentation page')
      .addHelpText('after', examples)
      .action((name: string | undefined, words: readonly string[], options: FormulaOptions) => {
        finish(name === undefined ? listAll(terminal, options) : evaluateNamed(terminal, name, words, options.json === true));
      });
  },
};
