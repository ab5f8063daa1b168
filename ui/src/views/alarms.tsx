/** What is not sound, worst first, with what it touches and where the runbook says what to do. */

import type { ReactNode } from 'react';
import type { AlarmView } from '../../../src/app/contract/work.ts';
import type { Health } from '../../../src/control/fact.ts';
import { paths } from '../api/paths.ts';
import { useResource } from '../api/resource.ts';
import type { Page } from '../api/resource.ts';
import { healthStep } from '../map/inks.ts';
import { clock, count } from '../shell/format.ts';
import { Chips, HealthMark } from '../shell/marks.tsx';
import { ProblemBox } from '../shell/problem-box.tsx';
import { linkTo } from '../shell/route.ts';

const isHealth = (name: string): name is Health => name in healthStep;
const shownMax = 300;

export function AlarmsView(): ReactNode {
  const { data, problem } = useResource<Page<AlarmView>>(paths.alarms, ['alarm', 'state', 'decision']);
  return (
    <div className="sheet">
      <header><h1>Alarms</h1><p className="lead">Components that are not sound and devices that do not speak, the worst first.</p></header>
      <ProblemBox problem={problem} />
      {data?.items.length === 0 && <p className="empty panel">Everything is sound.</p>}
      {data !== null && data.items.length > 0 && (
        <div className="panel table-frame" tabIndex={0} role="region" aria-label="Alarms">
          <table>
            <thead><tr><th scope="col">Health</th><th scope="col">Component</th><th scope="col">Why</th><th scope="col">Jobs on its light</th><th scope="col" className="number">Since</th>
              <th scope="col">Runbook</th></tr></thead>
            <tbody>
              {data.items.slice(0, shownMax).map((alarm) => (
                <tr key={`${alarm.component}${alarm.health}`}>
                  <td>{isHealth(alarm.health) ? <HealthMark health={alarm.health} /> : <span className="state bad-text">✕ {alarm.health}</span>}</td>
                  <th scope="row">{alarm.row >= 0 ? <a href={linkTo('map', alarm.row, 'near')}>{alarm.component}</a> : alarm.component}</th>
                  <td>{alarm.reason}</td><td><Chips items={alarm.jobs} most={4} /></td><td className="number">{clock(alarm.sinceNs)}</td>
                  <td><a href={linkTo('runbook', alarm.runbook)}>{alarm.runbook}</a></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {(data?.items.length ?? 0) > shownMax && <p className="dim">The worst {shownMax} of {count(data?.items.length ?? 0)}.</p>}
    </div>
  );
}
