/** A resource as a view sees it: fetched, fetched again when something of its kind happens, with its problem instead of a blank. */

import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { Problem } from '../../../src/app/contract/words.ts';
import { turnOf, watchLive } from './live.ts';
import type { Turn } from './live.ts';
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

interface Held<T> { readonly path: string | null; readonly data: T | null; readonly problem: Problem | null }

/**
 * Fetches one path again and again as it is poked, never twice at once: a poke during a fetch is served after it, so that events which
 * come faster than answers do not starve them.
 */
function follow<T>(path: string, tell: (data: T | null, problem: Problem | null) => void): { readonly poke: () => void; readonly stop: () => void } {
  const abort = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = false;
  let poked = false;
  let lastMs = 0;
  const later = (waitMs: number): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      void fetchNow();
    }, waitMs);
  };
  const fetchNow = async (): Promise<void> => {
    [running, poked, lastMs] = [true, false, Date.now()];
    let waitMs = pauseMs;
    try {
      tell(await read<T>(path, abort.signal), null);
    } catch (error) {
      if (abort.signal.aborted) return;
      const problem = problemFrom(error);
      tell(null, problem);
      // A busy server asks to come back; what was shown stays meanwhile.
      if (problem.status === 503) [poked, waitMs] = [true, busyMs];
    }
    running = false;
    if (poked) later(waitMs);
  };
  return {
    poke() {
      if (running) poked = true;
      else later(Math.max(0, pauseMs - (Date.now() - lastMs)));
    },
    stop() {
      clearTimeout(timer);
      abort.abort();
    },
  };
}

/** `path` null: nothing to fetch yet. What was shown stays until its successor is here. */
export function useResource<T>(path: string | null, kinds: readonly Turn[] = []): Resource<T> {
  const [held, setHeld] = useState<Held<T>>({ path: null, data: null, problem: null });
  const followed = useRef<ReturnType<typeof follow<T>> | null>(null);
  const turn = useSyncExternalStore(watchLive, () => turnOf(kinds));
  useEffect(() => {
    if (path === null) return;
    const made = follow<T>(path, (data, problem) => setHeld((before) => ({ path, data: data ?? (before.path === path ? before.data : null), problem })));
    followed.current = made;
    made.poke();
    return () => {
      followed.current = null;
      made.stop();
    };
  }, [path]);
  useEffect(() => followed.current?.poke(), [turn]);
  const current = held.path === path;
  return { data: current ? held.data : null, problem: current ? held.problem : null, loading: path !== null && !current, reload: () => followed.current?.poke() };
}

export interface Page<T> { readonly items: readonly T[]; readonly next: string | null }
