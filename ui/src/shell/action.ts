/** A write that a button starts: whether it runs, what it answered, and its problem. */

import { useState } from 'react';
import type { Problem } from '../../../src/app/contract/words.ts';
import { problemFrom } from '../api/problem.ts';

export interface Action<T> {
  readonly running: boolean;
  readonly answer: T | null;
  readonly problem: Problem | null;
  readonly run: (work: () => Promise<T>) => void;
  readonly clear: () => void;
}

export function useAction<T>(): Action<T> {
  const [held, setHeld] = useState<{ readonly running: boolean; readonly answer: T | null; readonly problem: Problem | null }>({ running: false, answer: null, problem: null });
  return {
    ...held,
    run(work) {
      setHeld({ running: true, answer: null, problem: null });
      work().then((answer) => setHeld({ running: false, answer, problem: null }), (error: unknown) => setHeld({ running: false, answer: null, problem: problemFrom(error) }));
    },
    clear: () => setHeld({ running: false, answer: null, problem: null }),
  };
}
