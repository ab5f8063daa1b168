/** Reads the fields of a network case one by one, collecting every problem with its place, value and remedy. */

import type { Issue } from '../base/issue.ts';
import { nearestNames } from '../base/nearest-name.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Issues listed before the reader stops looking: enough to mend a file, few enough to read. */
export const caseIssuesMax = 50;

export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** How a value looked in the file, shortened. */
function written(value: unknown): string {
  const text = value === undefined ? 'nothing' : typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

interface NumberRule {
  readonly least?: number;
  /** The number must be above `least`, not equal to it. */
  readonly above?: boolean;
  readonly most?: number;
  readonly whole?: boolean;
  /** Used when the field is absent; without it the field is required. */
  readonly absent?: number;
  readonly unit?: string;
}

/** Collects issues and reads numbers; a bad number is reported and read as 0, so that the rest of the file is checked too. */
export class CaseReader {
  readonly issues: Issue[] = [];
  readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  get full(): boolean {
    return this.issues.length >= caseIssuesMax;
  }

  add(code: string, path: string, message: string, remedy: string, value?: unknown): void {
    if (!this.full) this.issues.push({ code, message, remedy, file: this.file, path, ...(value === undefined ? {} : { value: written(value) }) });
  }

  /**
   * A key that resembles a known one is a misspelt option, which would otherwise be left out in silence. Other keys are the
   * writer's own remarks: the format is shared with other programs, which may keep theirs beside ours.
   */
  keys(fields: Fields, place: string, known: ReadonlySet<string>): void {
    for (const key of Object.keys(fields)) {
      if (known.has(key)) continue;
      const [near] = nearestNames(key, [...known]);
      if (near === undefined) continue;
      this.add('unknown-key', place === '' ? key : `${place}.${key}`, 'This key is not known here', `Did you mean ${near}? Otherwise rename it`);
    }
  }

  number(fields: Fields, key: string, place: string, rule: NumberRule): number {
    const value = fields[key];
    if (value === undefined && rule.absent !== undefined) return rule.absent;
    const path = place === '' ? key : `${place}.${key}`;
    const unit = rule.unit === undefined ? '' : ` of ${rule.unit}`;
    const least = rule.least ?? -Infinity;
    const most = rule.most ?? Infinity;
    const bounds = [least > -Infinity ? `${rule.above === true ? 'above' : 'at least'} ${least}` : '', most < Infinity ? `at most ${most}` : ''].filter((text) => text !== '').join(' and ');
    const remedy = `Write a ${rule.whole === true ? 'whole ' : ''}number${unit}${bounds === '' ? '' : ` ${bounds}`}`;
    if (value === undefined) this.add('missing-field', path, 'This field is required', remedy);
    else if (typeof value !== 'number' || !Number.isFinite(value)) this.add('not-a-number', path, 'This is not a finite number', remedy, value);
    else if (rule.whole === true && !Number.isInteger(value)) this.add('not-whole', path, 'This is not a whole number', remedy, value);
    else if (value < least || (rule.above === true && value === least) || value > most) this.add('out-of-range', path, 'This number is out of range', remedy, value);
    else return value;
    return 0;
  }

  list(fields: Fields, key: string, place: string, options: { readonly required: boolean }): readonly unknown[] {
    const value = fields[key];
    const path = place === '' ? key : `${place}.${key}`;
    if (Array.isArray(value)) return value;
    if (value !== undefined) this.add('not-a-list', path, 'This is not a list', 'Write a list in brackets', value);
    else if (options.required) this.add('missing-field', path, 'This list is required', 'Write a list in brackets');
    return [];
  }
}
