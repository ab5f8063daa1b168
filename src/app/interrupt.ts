/** Ctrl-C as a question that a run asks between slices of work. */

export interface Interrupt {
  readonly stopped: () => boolean;
  /** Gives Ctrl-C back its usual meaning. */
  release(): void;
}

/** Listens for the first interrupt; a second one ends the process as usual. */
export function listenForInterrupt(): Interrupt {
  let stopped = false;
  const onInterrupt = (): void => { stopped = true; };
  process.once('SIGINT', onInterrupt);
  return { stopped: () => stopped, release: () => void process.off('SIGINT', onInterrupt) };
}
