/** Commands that name a misspelt word before they ask for another: the option that is missing is often the one misspelt. */

import { Command } from 'commander';
import { nearestNames } from '../base/nearest-name.ts';

/** ` (Did you mean x?)` on its own line, or nothing when no name is near. */
export function didYouMean(asked: string, names: readonly string[]): string {
  const [near] = nearestNames(asked, names);
  return near === undefined ? '' : `\n(Did you mean ${near}?)`;
}

export class ProgramCommand extends Command {
  override createCommand(name?: string): Command {
    return new ProgramCommand(name);
  }

  /** Commander looks for required options first; words that it could not place are in `args` by then. */
  override error(message: string, options?: { readonly exitCode?: number; readonly code?: string }): never {
    const [stray] = options?.code === 'commander.missingMandatoryOptionValue' ? this.parseOptions([...this.args]).unknown : [];
    if (stray === undefined) return super.error(message, options);
    const flags = this.options.flatMap(({ long }) => (typeof long === 'string' ? [long] : []));
    return super.error(`error: unknown option '${stray}'${didYouMean(stray, flags)}`, { code: 'commander.unknownOption' });
  }
}
