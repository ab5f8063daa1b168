/** The page: head with the figures of the cluster, ways to the views, and the view. */

import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import type { Connection, Live } from '../api/live.ts';
import { useLive } from '../api/live.ts';
import { useResource } from '../api/resource.ts';
import type { Page } from '../api/resource.ts';
import { paths } from '../api/paths.ts';
import type { AlarmView } from '../../../src/app/contract/work.ts';
import { toggleTheme, useTheme } from '../theme/theme.ts';
import { views } from '../views/views.tsx';
import { clock, count, percent } from './format.ts';
import { Icon, Sun } from './icons.tsx';
import type { IconName } from './icons.tsx';
import { ProblemBox } from './problem-box.tsx';
import { linkTo, useRoute } from './route.ts';
import { TokenForm } from './token-form.tsx';

const connectionWords: Readonly<Record<Connection, string>> = { connecting: 'connecting', live: 'live', stale: 'stale', offline: 'disconnected' };

function Figures({ live, alarms }: { readonly live: Live; readonly alarms: number }): ReactNode {
  const { cluster } = live;
  if (cluster === null) return <div className="figures" />;
  const shown: readonly (readonly [string, string, string])[] = [
    ['light', percent(cluster.lightShare), cluster.lightShare < 0.98 ? 'warn' : ''], ['alarms', count(alarms), alarms > 0 ? 'bad' : ''], ['jobs', count(cluster.jobs), ''], ['leases', count(cluster.leases), ''],
    ['open plans', count(cluster.openPlans), cluster.openPlans > 0 ? 'warn' : 'roomy'],
    ['devices', `${count(cluster.devices.up)} up${cluster.devices.silent > 0 ? `, ${count(cluster.devices.silent)} silent` : ''}${cluster.devices.lying > 0 ? `,
      ${count(cluster.devices.lying)} lying` : ''}`, cluster.devices.silent + cluster.devices.lying > 0 ? 'warn' : ''],
    ['GPUs', count(cluster.gpus), 'roomy'],
  ];
  return <dl className="figures">{shown.map(([name, value, tone]) => <div key={name} className={`figure ${tone}`}><dt>{name}</dt><dd>{value}</dd></div>)}
    <div className="figure"><dt>clock</dt><dd><Clock live={live} /></dd></div></dl>;
}

const secondMs = 1000;

/** The server's clock: it runs while the picture is live and stands where it was last told otherwise. */
function Clock({ live }: { readonly live: Live }): ReactNode {
  const [, setTurn] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTurn((turn) => turn + 1), secondMs);
    return () => clearInterval(timer);
  }, []);
  const { nowNs, atMs, rate } = live.told;
  return clock(nowNs + (live.connection === 'live' ? Math.max(0, Date.now() - atMs) * 1e6 * rate : 0)).replace(/\.\d$/, '');
}

function Ways({ current, alarms, openPlans }: { readonly current: string; readonly alarms: number; readonly openPlans: number }): ReactNode {
  const badge = (view: string): ReactNode => {
    if (view === 'alarms' && alarms > 0) return <span className="badge bad">{alarms}</span>;
    return view === 'decisions' && openPlans > 0 ? <span className="badge warn" title="plans that wait for devices">{openPlans}</span> : null;
  };
  return (
    <nav className="ways" aria-label="Views">
      {views.filter(({ unlisted }) => unlisted !== true).map(({ name, title, apart }) => (
        <span key={name}>
          {apart === true && <hr />}
          <a href={linkTo(name)} aria-current={current === name ? 'page' : undefined}><Icon name={name as IconName} />{title}{badge(name)}</a>
        </span>
      ))}
    </nav>
  );
}

export function Shell(): ReactNode {
  const live = useLive();
  const route = useRoute();
  const theme = useTheme();
  const main = useRef<HTMLElement>(null);
  const alarms = useResource<Page<AlarmView>>(live.cluster === null ? null : paths.alarms, ['alarm', 'state', 'decision', 'beat']);
  const view = views.find(({ name }) => name === route.view) ?? views[0];
  const alarmCount = alarms.data?.items.length ?? 0;
  useEffect(() => { document.title = `${alarmCount > 0 ? `(${alarmCount}) ` : ''}${view?.title ?? 'Map'} · Heliostat`; }, [view, alarmCount]);
  return (
    <div className="page">
      <a className="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>Skip to the view</a>
      <header className="head">
        <a className="brand" href={linkTo('map')}><Sun />Heliostat</a>
        <strong>{live.cluster?.name ?? ''}</strong>
        <Figures live={live} alarms={alarmCount} />
        <div className="head-tools">
          <span className={`connection ${live.connection}`} role="status">{connectionWords[live.connection]}</span>
          <button type="button" className="icon" onClick={toggleTheme} aria-label={`Use the ${theme === 'dark' ? 'light' : 'dark'} theme`}><Icon name={theme === 'dark' ? 'light' : 'dark'} /></button>
          <TokenForm />
        </div>
      </header>
      <Ways current={view?.name ?? 'map'} alarms={alarmCount} openPlans={live.cluster?.openPlans ?? 0} />
      <main ref={main} id="main" className={`view ${view?.wide === true ? 'wide' : ''}`} tabIndex={-1}>
        {live.connection === 'stale' || live.connection === 'offline' ? <div className="notice" role="alert">
          <strong>Not current.</strong> {live.connection === 'stale' ? 'The server has not answered for some seconds.' : 'The server cannot be reached.'} What you see is
          from {live.state === null ? 'before' : clock(live.told.nowNs)}; trying again by itself.</div> : null}
        {live.map === null || live.state === null
          ? <div className="sheet"><ProblemBox problem={live.problem} />{live.problem === null && <p className="empty">Reading the cluster…</p>}</div>
          : view?.show({ live, map: live.map, state: live.state, words: route.words })}
      </main>
    </div>
  );
}
