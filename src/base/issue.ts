/** Bad input is a list of issues: each names its place, the offending value and the remedy, and all are reported at once. */

/** One problem in what came in from outside. Lines and columns count from 1. */
export interface Issue {
  /** Stable kebab-case code, e.g. `unknown-part`. */
  readonly code: string;
  /** One sentence that states the problem, without the place. */
  readonly message: string;
  /** What the reader can do about it. */
  readonly remedy: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** Path inside the document, e.g. `fabric.rails[2].part`. */
  readonly path?: string;
  /** The offending value as it was written. */
  readonly value?: string;
}

/** Either a value or every reason why there is none. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly issues: readonly Issue[] };

export const parsed = <T>(value: T): Parsed<T> => ({ ok: true, value });
export const rejected = (...issues: readonly Issue[]): { readonly ok: false; readonly issues: readonly Issue[] } => ({ ok: false, issues });

/** One line per issue: `file:line:column: path: message (got value). remedy [code]`. */
export function formatIssue(issue: Issue): string {
  const place = [issue.file, issue.line, issue.column].filter((part) => part !== undefined).join(':');
  const parts = [place, issue.path].filter((part) => part !== undefined && part !== '');
  const head = parts.length > 0 ? `${parts.join(': ')}: ` : '';
  const got = issue.value === undefined ? '' : ` (got ${issue.value})`;
  return `${head}${issue.message}${got}. ${issue.remedy} [${issue.code}]`;
}
