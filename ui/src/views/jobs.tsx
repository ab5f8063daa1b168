/** Running jobs: how far, how fast against what they could be, which phases show, and what each is losing. */

import type { ReactNode } from 'react';
import type { JobView } from '../../../src/app/contract/work.ts';
import { paths } from '../api/paths.ts';
import { useResource } from '../api/resource.ts';
import type { Page } from '../api/resource.ts';
import { count, percent, span } from '../shell/format.ts';
import { Meter, classStep } from '../shell/marks.tsx';
import { Swatch } from '../shell/marks.tsx';
import { classTitles } from '../map/inks.ts';
import { ProblemBox } from '../shell/problem-box.tsx';
import { useTheme } from '../theme/theme.ts';

/** Exposed time of each phase as a share of the step, and the rest as compute. */
function Phases({ job }: { readonly job: JobView }): ReactNode {
  const theme = useTheme();
  const stepS = job.stepS ?? job.stepAskedS;
  const shown = job.phases.filter((phase) => phase.exposedS / stepS > 0.002);
  const exposed = shown.reduce((sum, phase) => sum + phase.exposedS, 0);
  return (
    <>
      <div className="bars" role="img" aria-label={`${percent(1 - exposed / stepS)} compute, ${shown.map((phase) => `${percent(phase.exposedS / stepS)} ${phase.name}`).join(', ')}`}>
        <span className="compute" style={{ width: `${(1 - exposed / stepS) * 100}%` }} />
        {shown.map((phase) => <span key={phase.name} style={{ width: `${(phase.exposedS / stepS) * 100}%`, background: classStep(phase.trafficClass)?.[theme] }} />)}
      </div>
      <table className="small">
        <thead><tr><th scope="col">Phase</th><th scope="col">Class</th><th scope="col" className="number">Shown in the step</th><th scope="col" className="number">Light it holds</th></tr></thead>
        <tbody>
          {job.phases.map((phase) => (
            <tr key={phase.name}>
              <td>{phase.name}</td><td><span className="state"><Swatch step={classStep(phase.trafficClass)} />{classTitles[phase.trafficClass]}</span></td>
              <td className="number">{span(phase.exposedS * 1e9)}</td><td className={`number ${phase.share < 0.995 ? 'warn-text strong' : ''}`}>{percent(phase.share)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function JobPanel({ job }: { readonly job: JobView }): ReactNode {
  const slower = job.stepS === null ? null : job.stepS / job.stepAskedS - 1;
  return (
    <section className="panel stack" aria-label={`Job ${job.id}`}>
      <div className="line">
        <h2>{job.id}</h2><span className="dim">{job.tenant}</span>
        <span className={`push ${job.held !== null ? 'bad-text' : slower !== null && slower > 0.001 ? 'warn-text' : 'good-text'} strong`}>{job.held !== null ? '✕ stands' : slower !== null
          && slower > 0.001 ? `▼ ${percent(slower)} slower` : '● full speed'}</span>
      </div>
      {job.held !== null && <div className="problem"><strong>{job.held.code}</strong><ul>{job.held.reasons.map((reason) => <li key={reason}>{reason}</li>)}</ul><p>Remedy: {job.held.remedy}</p></div>}
      <dl className="facts">
        <dt>progress</dt><dd>{count(job.steps)} of {count(job.stepsAsked)} steps</dd>
        <dt>step</dt><dd>{job.stepS === null ? 'none' : span(job.stepS * 1e9)} <span className="dim">of {span(job.stepAskedS * 1e9)} with all its light</span></dd>
        <dt>losing</dt><dd className={job.losingGpuS > 0.05 ? 'warn-text strong' : ''}>{job.losingGpuS.toFixed(1)} of {count(job.gpus)} GPUs’ work</dd>
        <dt>replicas</dt><dd>{job.replicas} of {job.replicasAsked}</dd>
        <dt>leases</dt><dd>{count(job.leases)}{job.shortLeases > 0 ? `, ${count(job.shortLeases)} short of light` : ', all served'}</dd>
        <dt>restarts</dt><dd>{job.restarts}</dd>
        {job.shiftS > 0 && <><dt>phase put off by</dt><dd>{span(job.shiftS * 1e9)}</dd></>}
      </dl>
      <Meter share={job.steps / job.stepsAsked} label={`${percent(job.steps / job.stepsAsked)} of the steps done`} />
      <Phases job={job} />
    </section>
  );
}

export function JobsView(): ReactNode {
  const { data, problem, loading } = useResource<Page<JobView>>(paths.jobs, ['job', 'decision', 'lease']);
  return (
    <div className="sheet">
      <header><h1>Jobs</h1><p className="lead">What each job gets of the light it asked for, and what the rest costs it.</p></header>
      <ProblemBox problem={problem} />
      {data?.items.length === 0 && <p className="empty panel">No job runs. The command line starts one: heliostat jobs submit.</p>}
      {loading && <p className="empty">Reading jobs…</p>}
      <div className="columns job-columns">{data?.items.map((job) => <JobPanel key={job.id} job={job} />)}</div>
    </div>
  );
}
