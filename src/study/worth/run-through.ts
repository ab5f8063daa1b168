/**
 * A training run through its interruptions: work, checkpoints, restarts, and slow stretches, one after another.
 *
 * As in Daly's model (FGCS 22(3), 2006), work is saved every `intervalS` of work by a checkpoint of `costS`; a restart takes `restartS`
 * and begins anew when it is interrupted; what was not saved is done again.
 */

export interface RunTerms {
  readonly spanS: number;
  readonly intervalS: number;
  readonly costS: number;
  readonly restartS: number;
}

/** What an interruption does: begins the job anew from its last checkpoint, or costs a pause and a slower step until repair. */
export type Hit =
  | { readonly atS: number; readonly kind: 'restart' }
  | { readonly atS: number; readonly kind: 'slow'; readonly pauseS: number; readonly speed: number; readonly forS: number };

export interface RunThrough {
  /** Saved and unsaved work at the end, as a share of the span. */
  readonly effective: number;
  readonly restarts: number;
  /** Time that slow stretches and pauses took, s. */
  readonly slowLostS: number;
}

/** Hits in order of time. Slow stretches that overlap multiply. */
export function runThrough(terms: RunTerms, hits: readonly Hit[]): RunThrough {
  const { spanS, intervalS, costS, restartS } = terms;
  let [nowS, savedS, unsavedS, restarts] = [0, 0, 0, 0];
  for (const hit of [...hits.filter(({ kind }) => kind === 'restart'), { atS: spanS, kind: 'end' as const }]) {
    // Whole cycles of work and checkpoint until the hit; a checkpoint under way saves nothing.
    let leftS = hit.atS - nowS;
    if (leftS > 0) {
      const cycles = Math.floor((leftS + unsavedS) / (intervalS + costS));
      savedS += cycles * intervalS;
      leftS -= cycles * (intervalS + costS) - (cycles > 0 ? unsavedS : 0);
      unsavedS = Math.min(intervalS, cycles > 0 ? leftS : unsavedS + leftS);
    }
    if (hit.kind === 'end') break;
    restarts += 1;
    unsavedS = 0;
    nowS = hit.atS + restartS;
  }
  const slowLostS = hits.reduce((sum, hit) => (hit.kind === 'slow' ? sum + hit.pauseS + (1 - hit.speed) * Math.min(hit.forS, spanS - hit.atS) : sum), 0);
  return { effective: (savedS + unsavedS - slowLostS) / spanS, restarts, slowLostS };
}
