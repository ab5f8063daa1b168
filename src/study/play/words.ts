/** The words of one command, taken one after another; what does not fit is an issue with its value and remedy. */

import type { Issue } from '../../base/issue.ts';
import type { PlayAmount, PlayHost } from './host.ts';

/** Thrown by a word that does not fit and caught where the command is performed: a command has many words and one place to fail. */
export class WrongWord extends Error {
  readonly issues: readonly Issue[];

  constructor(...issues: readonly Issue[]) {
    super(issues[0]?.message ?? 'wrong word');
    this.issues = issues;
  }
}

export class Words {
  readonly #words: readonly string[];
  readonly #host: PlayHost;
  #at = 0;

  constructor(text: string, host: PlayHost) {
    this.#words = text.split(/\s+/);
    this.#host = host;
  }

  get isDone(): boolean {
    return this.#at >= this.#words.length;
  }

  /** The next word; `what` names it when it is missing. */
  take(what: string, remedy = `Write ${what}`): string {
    const word = this.#words[this.#at];
    if (word === undefined) throw new WrongWord({ code: 'missing-word', message: `The command ends where ${what} is missing`, remedy, value: this.#words.join(' ') });
    this.#at += 1;
    return word;
  }

  /** One of several words. */
  choice<T extends string>(what: string, choices: readonly T[]): T {
    const remedy = `Write one of: ${choices.join(', ')}`;
    const word = this.take(what, remedy);
    const found = choices.find((choice) => choice === word);
    if (found === undefined) throw new WrongWord({ code: 'unknown-word', message: `This is not ${what}`, remedy, value: word });
    return found;
  }

  /** Takes the word if it is the next one. */
  has(word: string): boolean {
    if (this.#words[this.#at] !== word) return false;
    this.#at += 1;
    return true;
  }

  /** The word that must stand here. */
  expect(word: string): void {
    const found = this.take(`\`${word}\``);
    if (found !== word) throw new WrongWord({ code: 'unknown-word', message: `\`${word}\` should stand here`, remedy: `Write \`${word}\``, value: found });
  }

  amount(dimension: PlayAmount, what: string): number {
    const read = this.#host.readAmount(this.take(what), dimension);
    if (!read.ok) throw new WrongWord(...read.issues);
    return read.value;
  }

  /** A time between two events: none at all, or hardly any, would never come to an end. */
  period(what: string): number {
    const ns = this.amount('time', what);
    if (ns < periodNsMin) throw new WrongWord({ code: 'too-short', message: `${what} must be at least 1 ms`, remedy: 'Write a longer time, e.g. 1s', value: this.#words[this.#at - 1] ?? '' });
    return ns;
  }

  whole(what: string): number {
    const word = this.take(what);
    if (!/^\d{1,15}$/.test(word)) throw new WrongWord({ code: 'not-a-count', message: `${what} must be a whole number`, remedy: 'Write digits only', value: word });
    return Number(word);
  }

  /** Whole numbers and ranges with commas between them: `0-7,12`. */
  wholes(what: string): readonly number[] {
    const word = this.take(what);
    const found = word.split(',').flatMap((part): readonly number[] => {
      const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part);
      const first = Number(match?.[1] ?? NaN);
      const last = Number(match?.[2] ?? match?.[1] ?? NaN);
      return match === null || last < first || last - first > wholesMax ? [NaN] : Array.from({ length: last - first + 1 }, (_, at) => first + at);
    });
    if (found.some(Number.isNaN)) throw new WrongWord({ code: 'not-a-range', message: `${what} must be whole numbers and ranges`, remedy: 'Write e.g. 0-7,12', value: word });
    return found;
  }

  /** All that is left, as written but for its spaces. */
  rest(): string {
    const rest = this.#words.slice(this.#at).join(' ');
    this.#at = this.#words.length;
    return rest;
  }

  end(): void {
    if (!this.isDone) throw new WrongWord({ code: 'needless-word', message: 'The command should have ended here', remedy: 'Leave the rest out', value: this.rest() });
  }
}

/** Shortest time between two events. */
const periodNsMin = 1e6;
/** Numbers of one range. */
const wholesMax = 1_000_000;
