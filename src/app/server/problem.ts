/** Problem documents (RFC 9457): a refusal keeps its code, remedy and reasons, and bad input its list of issues. */

import type { Issue } from '../../base/issue.ts';
import { nearestNames } from '../../base/nearest-name.ts';
import type { Refusal } from '../../base/refusal.ts';
import type { Problem } from '../contract/words.ts';

/** An answer that is a problem; never thrown. */
export interface ProblemReply {
  readonly problem: Problem;
  /** For answers that say when to come back. */
  readonly retryAfterS?: number;
}

export const isProblem = (value: unknown): value is ProblemReply => typeof value === 'object' && value !== null && 'problem' in value;

const typeOf = (code: string): string => `https://heliostat.dev/problems/${code}`;

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request', 401: 'No valid token', 403: 'Beyond the role', 404: 'Not found', 405: 'Wrong method', 408: 'Too slow', 409: 'Refused', 410: 'Archived', 412: 'Changed meanwhile',
  413: 'Too large', 414: 'Too long', 415: 'Wrong media type', 417: 'Cannot be expected', 422: 'Contradicts an earlier request', 428: 'Version missing', 429: 'Too many requests', 431: 'Headers too long',
    500: 'Fault of the server', 503: 'Not now', 507: 'No room to write',
};

export const titleOf = (status: number): string => titles[status] ?? 'Problem';

export interface ProblemTerms {
  readonly code: string;
  readonly detail: string;
  readonly remedy: string;
  readonly reasons?: readonly string[];
  readonly issues?: readonly Issue[];
  readonly retryAfterS?: number;
  readonly offers?: Problem['offers'];
  readonly doNext?: Problem['doNext'];
}

export function problem(status: number, terms: ProblemTerms): ProblemReply {
  const { code, detail, remedy, reasons = [], issues, retryAfterS, offers, doNext } = terms;
  return {
    problem: {
      type: typeOf(code), title: titleOf(status), status, detail, code, remedy, reasons: [...reasons],
      ...(doNext === undefined ? {} : { doNext }),
      ...(issues === undefined ? {} : { issues: issues.map((issue) => ({
        code: issue.code, message: issue.message, remedy: issue.remedy, ...(issue.path === undefined ? {} : { path: issue.path }), ...(issue.value === undefined ? {} : { value: issue.value }),
        ...(issue.line === undefined ? {} : { line: issue.line }), ...(issue.column === undefined ? {} : { column: issue.column }),
      })) }),
      ...(offers === undefined ? {} : { offers }),
    },
    ...(retryAfterS === undefined ? {} : { retryAfterS }),
  };
}

/** What an asker can do about a refusal, by its word. */
const nextSteps: Readonly<Record<Refusal['remedy'], string>> = {
  wait: 'Ask again later: what stands in the way can pass',
  preempt: 'Ask in a class of higher priority: light of lower classes would have to yield',
  never: 'Ask for something else: this is refused however long you wait',
};

/** A planned no of the controller. What is unknown answers 404, what waits for the disk 503, everything else 409. */
export function refused({ code, remedy, reasons }: Refusal, offers?: Problem['offers']): ProblemReply {
  const status = code.startsWith('unknown-') ? 404 : /^(?:store|disk|controller)-/.test(code) ? 503 : 409;
  return problem(status, { code, detail: reasons[0] ?? code, remedy: nextSteps[remedy], doNext: remedy, reasons, ...(status === 503 ? { retryAfterS: 1 } : {}), ...(offers === undefined ? {} : { offers }) });
}

export const badInput = (issues: readonly Issue[]): ProblemReply =>
  problem(400, { code: issues[0]?.code ?? 'bad-input', detail: issues.map(({ message }) => message).join('. '), remedy: issues[0]?.remedy ?? 'Mend what the issues name', issues });

/** What the server could not write down: not the asker's fault. */
export const notWritten = (issues: readonly Issue[]): ProblemReply =>
  problem(507, { code: issues[0]?.code ?? 'cannot-write', detail: `Nothing was changed: ${issues.map(({ message }) => message).join('. ')}.`, remedy: issues[0]?.remedy ?? 'Free some space, or mend the disk', issues });

/** Names that are compared with an unknown one; more would let strangers keep the server busy. */
const comparedMax = 4096;

/** `names` are those that there are, for a guess at what was meant; `place` is where the name stood. */
export function notFound(what: string, name: string, { names = [], place = what }: { readonly names?: Iterable<string>; readonly place?: string } = {}): ProblemReply {
  const compared: string[] = [];
  for (const known of names) {
    if (compared.length === comparedMax) break;
    compared.push(known);
  }
  const near = nearestNames(name.slice(0, 200), compared);
  const shown = name.slice(0, 200);
  const code = `unknown-${what}`;
  const remedy = near.length === 0 ? 'Check the name; the list of them tells all' : `Did you mean ${near.join(' or ')}? The list of them tells all`;
  return problem(404, { code, detail: `There is no ${what} ${shown}.`, remedy, issues: [{ code, path: place, message: `There is no ${what} ${shown}`, remedy }] });
}
