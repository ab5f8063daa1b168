/** What a conversion made of a trace: understood with counts, assumed and dropped with reasons. */

export interface LossLine {
  readonly what: string;
  readonly count: number;
  /** Why it was assumed or dropped; for what was understood, what it became. */
  readonly reason: string;
}

export interface LossReport {
  readonly understood: readonly LossLine[];
  readonly assumed: readonly LossLine[];
  readonly dropped: readonly LossLine[];
}

/** Adds up equal lines, in order of first mention. */
export interface LossCollector {
  understood(what: string, reason: string, count?: number): void;
  assumed(what: string, reason: string, count?: number): void;
  dropped(what: string, reason: string, count?: number): void;
  finish(): LossReport;
}

type Ledger = Map<string, { what: string; count: number; reason: string }>;

function note(ledger: Ledger, what: string, reason: string, count: number): void {
  if (count <= 0) return;
  const key = `${what}\n${reason}`;
  const line = ledger.get(key);
  if (line === undefined) ledger.set(key, { what, count, reason });
  else line.count += count;
}

export function createLossCollector(): LossCollector {
  const understood: Ledger = new Map();
  const assumed: Ledger = new Map();
  const dropped: Ledger = new Map();
  return {
    understood: (what, reason, count = 1) => note(understood, what, reason, count),
    assumed: (what, reason, count = 1) => note(assumed, what, reason, count),
    dropped: (what, reason, count = 1) => note(dropped, what, reason, count),
    finish: () => ({ understood: [...understood.values()], assumed: [...assumed.values()], dropped: [...dropped.values()] }),
  };
}
