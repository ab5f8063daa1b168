/** A refusal is a planned no: a value with a code, a remedy and reasons, never an exception. */

/** What the asker can do: wait for a change, take light from a lower class, or give up this form of the demand. */
export type RefusalRemedy = 'wait' | 'preempt' | 'never';

export interface Refusal {
  readonly kind: 'refusal';
  /** Stable kebab-case code, e.g. `link-does-not-close`. */
  readonly code: string;
  readonly remedy: RefusalRemedy;
  /** Full sentences with figures and units, most important first. */
  readonly reasons: readonly string[];
}

export const refuse = (code: string, remedy: RefusalRemedy, ...reasons: readonly string[]): Refusal => ({ kind: 'refusal', code, remedy, reasons });

export const isRefusal = (value: unknown): value is Refusal =>
  typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'refusal';
