/** The log as a line that can be rewound: the map as it was after any entry, with the events around it. */

import { useEffect, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { ClusterMap, MapState } from '../../../src/app/contract/cluster.ts';
import type { DecisionRow, EventView } from '../../../src/app/contract/work.ts';
import type { Live } from '../api/live.ts';
import { paths } from '../api/paths.ts';
import { useResource } from '../api/resource.ts';
import type { Page, Resource } from '../api/resource.ts';
import { groundFor } from '../map/ground-of.ts';
import type { Colouring } from '../map/inks.ts';
import { ColouringChoice, Legend } from '../map/legend.tsx';
import { MapCanvas } from '../map/map-canvas.tsx';
import { describe } from '../map/map-page.tsx';
import { sceneOf } from '../map/scene.ts';
import { clock, count, longClock } from '../shell/format.ts';
import { EventList } from './event-list.tsx';
import { ProblemBox } from '../shell/problem-box.tsx';
import { useTheme } from '../theme/theme.ts';

/** Dragging asks for the past no more often than this. */
const settleMs = 180;

const eventsMax = 200;
const decisionsMax = 20;

/** A decision as an event of the list, where so much has happened since that the last events do not reach back to it. */
const asEvent = ({ n, atNs, rung, because, jobs }: DecisionRow): EventView => ({ n, atNs, kind: 'decided', level: 'warning', component: null, job: jobs[0] ?? null, text: `Decided to ${rung}: ${because}` });

interface EventsProps { readonly at: number | null; readonly decisions: readonly DecisionRow[]; readonly onGo: (n: number) => void }

/** What happened up to an entry: what needs eyes, or every event of the log. */
function Events({ at, decisions, onGo }: EventsProps): ReactNode {
  const [all, setAll] = useState(false);
  const { data, problem } = useResource<Page<EventView>>(`${paths.events}?limit=${eventsMax}${all ? '' : '&level=warning'}${at === null ? '' : `&before=${at + 1}`}`, at === null ? ['decision', 'alarm', 'lease'] : []);
  const lastN = data?.items.at(-1)?.n ?? Infinity;
  const earlier = decisions.filter(({ n }) => n < lastN && (at === null || n <= at));
  return (
    <>
      <div className="segments" role="group" aria-label="Events shown">
        <button type="button" aria-pressed={!all} onClick={() => setAll(false)}>warnings and decisions</button><button type="button" aria-pressed={all} onClick={() => setAll(true)}>all</button>
      </div>
      <ProblemBox problem={problem} />
      {data === null && problem === null && <p className="dim">Reading events…</p>}
      {data?.items.length === 0 && <p className="dim">{all ? 'Nothing had happened yet.' : 'Nothing had gone wrong yet.'}</p>}
      {data !== null && <EventList events={[...data.items, ...earlier.slice(0, decisionsMax).map(asEvent)]} label="Events" onGo={onGo} />}
    </>
  );
}

/** Marks of decisions along the log, and the ways from one to the next. */
function Decisions({ rows: all, span: { oldest, head }, at, onGo }: { readonly rows: readonly DecisionRow[]; readonly span: Span; readonly at: number; readonly onGo: (n: number) => void }): ReactNode {
  const rows = all.filter(({ n }) => n >= oldest);
  const before = rows.find(({ n }) => n < at);
  const after = rows.findLast(({ n }) => n > at);
  return (
    <>
      <div className="line">
        <button type="button" disabled={before === undefined} onClick={() => before !== undefined && onGo(before.n)}>◂ Decision</button>
        <button type="button" disabled={after === undefined} onClick={() => after !== undefined && onGo(after.n)}>Decision ▸</button>
      </div>
      <div className="ticks" role="img" aria-label={`${rows.length} decisions along the log`}>
        {rows.map(({ n, rung }) => <span key={n} title={`decision ${n}: ${rung}`} style={{ left: `${head > oldest ? ((n - oldest) / (head - oldest)) * 100 : 0}%` }} />)}
      </div>
    </>
  );
}

/** Entries that can be shown: older ones are in the archive. */
interface Span { readonly oldest: number; readonly head: number }

/** The past at an entry. What was asked for and lies in the archive, or has come to lie there since, gives way to the oldest that does not. */
function usePast(asked: number | null, oldest: number, setAt: (n: number) => void): Resource<MapState> {
  const isArchived = asked !== null && asked < oldest;
  const past = useResource<MapState>(asked === null || isArchived ? null : paths.history(asked));
  useEffect(() => {
    if (isArchived) setAt(oldest);
  }, [isArchived, oldest]);
  return past;
}

/** What the map shows now, in words: an earlier entry, or that it is being read. */
function pastWords(past: Resource<MapState>): string {
  if (past.data !== null) return `As it was after entry ${count(past.data.version)}, at ${clock(past.data.nowNs)}`;
  return past.problem === null ? 'Reading the past…' : 'The past could not be read; this is the map as it is now';
}

export function TimelineView({ live, map, state }: { readonly live: Live; readonly map: ClusterMap; readonly state: MapState }): ReactNode {
  const theme = useTheme();
  const head = Math.max(state.version, live.cluster?.version ?? 0);
  const [at, setAt] = useState<number | null>(null);
  const [asked, setAsked] = useState<number | null>(null);
  const [colouring, setColouring] = useState<Colouring>('health');
  useEffect(() => {
    const timer = setTimeout(() => setAsked(at), settleMs);
    return () => clearTimeout(timer);
  }, [at]);
  const decisions = useResource<Page<DecisionRow>>(`${paths.decisions}?limit=500`, ['decision']);
  const oldest = live.cluster?.oldestN ?? 0;
  const past = usePast(asked, oldest, setAt);
  const [hovered, setHovered] = useState(-1);
  const shown = at === null ? state : past.data ?? state;
  const ground = groundFor(map);
  const scene = useMemo(() => sceneOf(ground, shown, colouring), [ground, shown, colouring]);
  const shownAt = at ?? head;
  return (
    <div className="map-page">
      <div className="map-tools timeline-tools">
        <h1>Timeline</h1>
        <button type="button" className={at === null ? 'primary' : ''} aria-pressed={at === null} onClick={() => setAt(null)}>Live</button>
        <div className="rewind">
          <label htmlFor="rewind" className="unseen">Entry of the log</label>
          <input id="rewind" type="range" min={oldest} max={head} step={1} value={Math.min(shownAt, head)}
            aria-valuetext={`entry ${shownAt}, ${longClock(shown.nowNs)}`} onChange={(event) => setAt(Number(event.currentTarget.value))} />
          <Decisions rows={decisions.data?.items ?? []} span={{ oldest, head }} at={shownAt} onGo={setAt} />
        </div>
        <output htmlFor="rewind" className="mono rewound"><strong>{longClock(shown.nowNs)}</strong><br />entry {count(Math.min(shownAt, head))} of {count(head)}</output>
        <div className="line"><button type="button" disabled={shownAt <= oldest} onClick={() => setAt(Math.max(oldest, shownAt - 1))}>◂ Entry</button>
          <button type="button" disabled={at === null || shownAt >= head} onClick={() => setAt(Math.min(head, shownAt + 1))}>Entry ▸</button></div>
      </div>
      <div className="map-tools timeline-legend"><ColouringChoice colouring={colouring} onChange={setColouring} /><Legend colouring={colouring} /></div>
      <div className="map-stage" data-at={at === null ? 'live' : past.data === null ? 'asking' : String(past.data.version)}>
        <MapCanvas scene={scene} theme={theme} lines={false} selected={-1} named={[]} describe={(component) => describe(scene,
          component)} onSelect={() => undefined} onHover={setHovered} goTo={{ component: -1, turn: 0 }} />
        {at !== null && <p className="map-story">{pastWords(past)}</p>}
        {hovered >= 0 && <p className="map-hover" aria-hidden="true">{describe(scene, hovered)}</p>}
      </div>
      <aside className="map-side" aria-label="Events up to here" tabIndex={0}>
        <h2>Events up to here</h2>
        <ProblemBox problem={past.problem} />
        {oldest > 0 && <p className="small">Entries before {count(oldest)} are in the archive: they can be replayed from an exported log, not shown here.</p>}
        <p className="small dim">A number goes to the map as it was after that entry.</p>
        <Events at={asked} decisions={decisions.data?.items ?? []} onGo={setAt} />
      </aside>
    </div>
  );
}
