/** The page: head with the figures of the cluster, ways to the views, and the view. */

import { useEffect, useRef, useState } from 'react';
import type { ReactNode, RefObject } from 'react';
import type { Connection, Live } from '../api/live.ts';
import { useLive } from '../api/live.ts';
import type { Cluster } from '../../../src/app/contract/cluster.ts';
import { useResource } from '../api/resource.ts';
import type { Page } from '../api/resource.ts';
import { paths } from '../api/paths.ts';
import { useNotReady } from '../api/ready.ts';
import type { JobView } from '../../../src/app/contract/work.ts';
import { toggleTheme, useTheme } from '../theme/theme.ts';
import { useAlarmGroups } from '../views/alarms.tsx';
import { RunbookView } from '../views/runbook.tsx';
import { views } from '../views/views.tsx';
import { clock, count, gpus, localClock, longClock, percent } from './format.ts';
import { Guard } from './guard.tsx';
import { Icon, Sun } from './icons.tsx';
import type { IconName } from './icons.tsx';
import { counted } from './names.ts';
import { ProblemBox } from './problem-box.tsx';
import { NewAlarms } from './new-alarms.tsx';
import { linkTo, useRoute } from './route.ts';
import { TokenForm } from './token-form.tsx';

const connectionWords: Readonly<Record<Connection, string>> = { connecting: 'connecting', live: 'live', stale: 'stale', offline: 'disconnected' };

interface Trouble { readonly causes: number; readonly parts: number }
interface Figure { readonly name: string; readonly value: string; readonly tone: '' | 'bad' | 'warn'; readonly says: string; readonly view?: string; readonly isRoomy?: true }

/** `3, 1 stands, losing 32.0 GPUs`: whose work suffers, before anything else about jobs. */
function jobsFigure(jobs: readonly JobView[]): Pick<Figure, 'value' | 'tone'> {
  const held = jobs.filter((job) => job.held !== null).length;
  const losing = jobs.reduce((sum, { losingGpuS }) => sum + losingGpuS, 0);
  const value = [count(jobs.length), ...(held > 0 ? [held === 1 ? '1 stands' : `${held} stand`] : []), ...(losing >= losingLeast ? [`losing ${gpus(losing)}`] : [])].join(', ');
  return { value, tone: held > 0 ? 'bad' : losing >= losingLeast ? 'warn' : '' };
}

function figuresOf(cluster: Cluster, trouble: Trouble, jobs: readonly JobView[] | null): readonly Figure[] {
  const { up, stale, silent, lying } = cluster.devices;
  const mute = Object.entries({ stale, silent, lying }).flatMap(([word, some]) => (some > 0 ? [`${count(some)} ${word}`] : []));
  return [
    { name: 'alarms', value: trouble.parts === 0 ? 'none' : `${counted(trouble.causes, 'cause')}, ${counted(trouble.parts, 'part')}`, tone: trouble.parts > 0 ? 'bad' : '', view: 'alarms',
      says: 'What is not sound, by what caused it' },
    { name: 'jobs', ...(jobs === null ? { value: count(cluster.jobs), tone: '' as const } : jobsFigure(jobs)), view: 'jobs', says: 'Jobs that run, and what they lose to missing light' },
    { name: 'light', value: percent(cluster.lightShare), tone: cluster.lightShare < 0.98 ? 'warn' : '', view: 'wavelengths', says: 'Usable rate of all links over their design rate' },
    { name: 'devices', value: mute.length > 0 ? mute.join(', ') : `${count(up)} up`, tone: mute.length > 0 ? 'warn' : '', ...(mute.length > 0 ? {} : { isRoomy: true as const }),
      says: 'Devices that answer; one that lies says impossible things and is not believed' },
    { name: 'open plans', value: count(cluster.openPlans), tone: cluster.openPlans > 0 ? 'warn' : '', isRoomy: true, view: 'decisions', says: 'Plans that wait for their devices' },
    { name: 'leases', value: count(cluster.leases), tone: '', isRoomy: true, view: 'leases', says: 'Leases of light in force' },
  ];
}

function Figures({ live, trouble, jobs }: { readonly live: Live; readonly trouble: Trouble; readonly jobs: readonly JobView[] | null }): ReactNode {
  const { cluster } = live;
  if (cluster === null) return <div className="figures" />;
  return <dl className="figures">{figuresOf(cluster, trouble, jobs).map(({ name, value, tone, says, view, isRoomy }) => (
    <div key={name} className={`figure ${tone} ${isRoomy === true ? 'roomy' : ''}`} title={says}><dt>{name}</dt><dd>{view === undefined ? value : <a href={linkTo(view)}>{value}</a>}</dd></div>
  ))}</dl>;
}

const secondMs = 1000;
/** Below this many GPUs' work nothing is said to be lost. */
const losingLeast = 0.05;

/** The server's clock: it runs while the picture is live and stands where it was last told otherwise. */
function Clock({ live }: { readonly live: Live }): ReactNode {
  const [, setTurn] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTurn((turn) => turn + 1), secondMs);
    return () => clearInterval(timer);
  }, []);
  const { nowNs, atMs, rate } = live.told;
  if (live.cluster === null) return null;
  const shownNs = nowNs + (live.connection === 'live' ? Math.max(0, Date.now() - atMs) * 1e6 * rate : 0);
  const [day = '', time = '', zone = ''] = longClock(shownNs).split(' ');
  return (
    <time className={`wall-clock ${live.connection === 'live' ? '' : 'warn-text'}`} dateTime={`${day}T${time}Z`} title={`${day}, the server’s clock; here ${localClock(shownNs)}`}>
      <span className="roomy">{day} </span>{time} {zone}</time>
  );
}

function Ways({ current, causes, openPlans }: { readonly current: string; readonly causes: number; readonly openPlans: number }): ReactNode {
  const badge = (view: string): ReactNode => {
    if (view === 'alarms' && causes > 0) return <span className="badge bad" title="causes of alarms">{causes}</span>;
    return view === 'decisions' && openPlans > 0 ? <span className="badge warn" title="plans that wait for devices">{openPlans}</span> : null;
  };
  return (
    <nav className="ways" aria-label="Views">
      {views.map(({ name, title, apart }) => (
        <span key={name}>
          {apart === true && <hr />}
          <a href={linkTo(name)} aria-current={current === name ? 'page' : undefined}><Icon name={name as IconName} />{title}{badge(name)}</a>
        </span>
      ))}
    </nav>
  );
}

/**
 * Another view is read from its beginning. What was followed to get there may be gone with the view that held it: then the keyboard
 * goes on in the new one, and not at the top of the page.
 */
function useArrival(main: RefObject<HTMLElement | null>, view: string, place: string): void {
  useEffect(() => { main.current?.scrollTo(0, 0); }, [view]);
  const cameTo = useRef(place);
  useEffect(() => {
    const isElsewhere = cameTo.current !== place;
    cameTo.current = place;
    if (isElsewhere && (document.activeElement === null || document.activeElement === document.body)) main.current?.focus({ preventScroll: true });
  }, [place]);
}

export function Shell(): ReactNode {
  const live = useLive();
  const route = useRoute();
  const theme = useTheme();
  const main = useRef<HTMLElement>(null);
  const { groups } = useAlarmGroups();
  const notReady = useNotReady();
  const jobs = useResource<Page<JobView>>(live.cluster === null ? null : paths.jobs, ['job', 'decision', 'lease']);
  const view = views.find(({ name }) => name === route.view) ?? views[0];
  const trouble = { causes: groups?.length ?? 0, parts: groups?.reduce((sum, { alarms }) => sum + alarms.length, 0) ?? 0 };
  useEffect(() => { document.title = `${trouble.causes > 0 ? `(${trouble.causes}) ` : ''}${view?.title ?? 'Map'} · Heliostat`; }, [view, trouble.causes]);
  const place = [route.view, ...route.words].join('/');
  useArrival(main, route.view, place);
  return (
    <div className="page">
      <a className="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>Skip to the view</a>
      <header className="head">
        <a className="brand" href={linkTo('map')}><Sun />Heliostat</a>
        <strong className="ellipsis cluster-name" title={live.cluster?.name}>{live.cluster?.name ?? ''}</strong>
        <Figures live={live} trouble={trouble} jobs={jobs.data?.items ?? null} />
        <div className="head-tools">
          <Clock live={live} />
          <span className={`connection ${live.connection}`} role="status">{connectionWords[live.connection]}</span>
          <button type="button" className="icon" onClick={toggleTheme} aria-label={`Use the ${theme === 'dark' ? 'light' : 'dark'} theme`}><Icon name={theme === 'dark' ? 'light' : 'dark'} /></button>
          <TokenForm />
        </div>
      </header>
      <NewAlarms groups={groups} />
      <Ways current={view?.name ?? 'map'} causes={trouble.causes} openPlans={live.cluster?.openPlans ?? 0} />
      <main ref={main} id="main" className={`view ${view?.wide === true ? 'wide' : ''}`} tabIndex={-1}>
        {live.connection === 'stale' || live.connection === 'offline' ? <div className="notice" role="alert">
          <strong>Not current.</strong> {live.connection === 'stale' ? 'The server has not answered for some seconds.' : 'The server cannot be reached.'}{' '}
          {live.state === null ? 'Nothing has been read yet' : `What you see is from ${clock(live.told.nowNs)}`}; the page tries again by
          itself. <a href={linkTo('runbook', 'server-down')}>What to do</a></div> : null}
        {notReady.length > 0 && live.connection === 'live' && <div className="notice" role="alert">
          <strong>Nothing new is decided.</strong> {notReady.join(' ')} Running light is not touched. <a href={linkTo('runbook', 'store-refusing')}>What to do</a></div>}
        {view?.name === 'runbook' ? <Guard key="runbook"><RunbookView words={route.words} /></Guard> : live.map === null || live.state === null
          ? <div className="sheet"><ProblemBox problem={live.problem} />{live.problem === null && <p className="empty">Reading the cluster…</p>}</div>
          : <Guard key={route.view}>{view?.show({ live, map: live.map, state: live.state, words: route.words })}</Guard>}
      </main>
    </div>
  );
}
