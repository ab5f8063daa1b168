/** Tells readers of the screen of new alarms: a sentence for all that came together, never one for each, and nothing of what is a nuisance. */

import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import type { AlarmGroup } from '../../../src/app/words/alarm-groups.ts';
import { keysOf, newsOf } from './alarm-news.ts';

/** What comes within so long is one incident: its decision and the rest of its alarms follow the first. */
const settleMs = 4000;
/** Between two sentences. */
const gapMs = 20_000;

/** What stood when the page was opened is no news: the page itself says it. */
export function NewAlarms({ groups }: { readonly groups: readonly AlarmGroup[] | null }): ReactNode {
  const [text, setText] = useState('');
  const latest = useRef(groups);
  const known = useRef<ReadonlySet<string> | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const toldMs = useRef(-gapMs);
  latest.current = groups;
  useEffect(() => {
    if (groups === null) return;
    known.current ??= keysOf(groups);
    if (timer.current !== undefined) return;
    if (newsOf(known.current, groups) === '') {
      // What is gone would be news if it came back.
      known.current = keysOf(groups);
      return;
    }
    timer.current = setTimeout(() => {
      timer.current = undefined;
      const now = latest.current ?? [];
      const news = newsOf(known.current ?? new Set(), now);
      known.current = keysOf(now);
      if (news === '') return;
      toldMs.current = performance.now();
      setText(news);
    }, Math.max(settleMs, toldMs.current + gapMs - performance.now()));
  }, [groups]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return <p className="unseen" role="status" aria-label="New alarms">{text}</p>;
}
