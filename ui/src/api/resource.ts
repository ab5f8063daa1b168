/** A resource as a view sees it: fetched, fetched again when something of its kind happens, with its problem instead of a blank. */

import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { StreamKind } from '../../../src/app/contract/operate.ts';
import type { Problem } from '../../../src/app/contract/words.ts';
import { turnOf, watchLive } from './live.ts';
import { problemFrom } from './problem.ts';
import { read } from './request.ts';

export interface Resource<T> {
  readonly data: T | null;
  readonly problem: Problem | null;
  readonly loading: boolean;
  readonly reload: () => void;
}

/** Between two fetches of the same resource at least this long. */
const pauseMs = 700;
/** After an answer that the server is busy. */
const busyMs = 1200;

/** `path` null: nothing to fetch yet. What was shown stays until its successor is here. */
export function useResource<T>(path: string | null, kinds: readonly StreamKind[] = []): Resource<T> {
  const [held, setHeld] = useState<{ readonly path: string | null; readonly data: T | null; readonly problem: Problem | null }>({ path: null, data: null, problem: null });
  const [asked, setAsked] = useState(0);
  const lastMs = useRef(0);
  const turn = useSyncExternalStore(watchLive, () => turnOf(kinds));
  useEffect(() => {
    if (path === null) return;
    const abort = new AbortController();
    const wait = held.path === path ? Math.max(0, pauseMs - (Date.now() - lastMs.current)) : 0;
    let again: ReturnType<typeof setTimeout> | undefined;
    const timer = setTimeout(() => {
      lastMs.current = Date.now();
      read<T>(path, abort.signal).then(
        (data) => setHeld({ path, data, problem: null }),
        (error: unknown) => {
          if (abort.signal.aborted) return;
          const problem = problemFrom(error);
          // A busy server asks to come back; what was shown stays meanwhile.
          if (problem.status === 503) again = setTimeout(() => setAsked((before) => before + 1), busyMs);
          setHeld((before) => ({ path, data: before.path === path ? before.data : null, problem }));
        },
      );
    }, wait);
    return () => {
      clearTimeout(timer);
      clearTimeout(again);
      abort.abort();
    };
  }, [path, turn, asked]);
  const current = held.path === path;
  return { data: current ? held.data : null, problem: current ? held.problem : null, loading: path !== null && !current, reload: () => setAsked((before) => before + 1) };
}

export interface Page<T> { readonly items: readonly T[]; readonly next: string | null }
