/** Reads options that several operator commands share: amounts with units, whole numbers, and what a write is told back. */

import { parseQuantity } from '../../adapters/quantity.ts';
import type { DimensionName } from '../../adapters/quantity.ts';
import type { Issue } from '../../base/issue.ts';
import type { ExitCode } from '../command.ts';
import type { Done } from '../contract/operate.ts';
import { fixedText } from '../number-text.ts';
import { cleanText } from '../text-table.ts';
import type { Asked } from './api-client.ts';
import type { Session } from './server-options.ts';
import { show } from './server-options.ts';

/** Collects the issues of all options, so that they are told at once. */
export class OptionReader {
  readonly issues: Issue[] = [];

  /** An amount in the inner unit of its dimension; `undefined` where the option is absent or wrong. */
  quantity(option: string, text: string | undefined, dimension: DimensionName): number | undefined {
    if (text === undefined) return undefined;
    const value = parseQuantity(text, dimension);
    if (value.ok) return value.value;
    this.issues.push(...value.issues.map((issue) => ({ ...issue, path: option })));
    return undefined;
  }

  whole(option: string, text: string, { min, max }: { readonly min: number; readonly max: number }): number {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    this.issues.push({ code: 'out-of-range', path: option, value: text, message: 'This is not a whole number in range', remedy: `Write a whole number from ${min} to ${max}` });
    return min;
  }

  missing(option: string, message: string, remedy: string): void {
    this.issues.push({ code: 'option-missing', path: option, message, remedy });
  }
}

/** What a write has led to, fact by fact. */
export function showDone(session: Session, schema: string, asked: Asked<Done>): ExitCode {
  const { dim } = session.terminal.colours;
  return show(session, asked, {
    schema,
    text: ({ facts, dryRun, version }) => {
      const lines = facts.map(({ n, text }) => `${dim(fixedText(n, 0).padStart(9))}  ${cleanText(text)}`);
      const end = dryRun ? 'This would happen; nothing was changed.' : `Done, up to entry ${fixedText(version, 0)} of the log.`;
      return [...lines, lines.length === 0 && !dryRun ? 'Nothing had to change.' : end].join('\n');
    },
  });
}
