/** Running jobs: how far, how fast against what they could be, which phases show, and what each is losing. */

import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import type { JobView } from '../../../src/app/contract/work.ts';
import { paths } from '../api/paths.ts';
import { useResource } from '../api/resource.ts';
import type { Page } from '../api/resource.ts';
import { ago, count, gpus, longClock, percent, span } from '../shell/format.ts';
import { CopyButton } from '../shell/copy.tsx';
import { Progress, Swatch, classStep } from '../shell/marks.tsx';
import { counted } from '../shell/names.ts';
import { classTitles } from '../map/inks.ts';
import { ProblemBox } from '../shell/problem-box.tsx';
import { linkTo } from '../shell/route.ts';
import { useTheme } from '../theme/theme.ts';

/** A phase that takes this much longer than with all its light is told, s. */
const slowerS = 1e-4;
/** A phase that holds less of its light than this has none. */
const darkShare = 0.005;

/** A step of the job as one line: compute, then what each collective adds to it; hatched where missing light makes it longer. */
function StepBar({ job }: { readonly job: JobView }): ReactNode {
  const theme = useTheme();
  const stepS = job.stepS ?? job.stepAskedS;
  const exposedS = job.phases.reduce((sum, phase) => sum + phase.exposedS, 0);
  const shown = job.phases.filter((phase) => phase.exposedS / stepS > 0.002);
  const share = (seconds: number): string => `${Math.max(0, (seconds / stepS) * 100)}%`;
  const words = `${percent(1 - exposedS / stepS)} compute and waiting for stages, ${shown.map((phase) => `${percent(phase.exposedS / stepS)} ${phase.name}`).join(', ')}`;
  return (
    <div className="bars" role="img" aria-label={words}>
      <span className="compute" style={{ width: share(stepS - exposedS) }} title={`compute and waiting for stages: ${span((stepS - exposedS) * 1e9)}`} />
      {shown.flatMap((phase) => {
        const lateS = Math.max(0, phase.exposedS - (phase.exposedAskedS ?? phase.exposedS));
        const background = classStep(phase.trafficClass)?.[theme];
        const whole = <span key={phase.name} title={`${phase.name}: ${span(phase.exposedS * 1e9)}`} style={{ width: share(phase.exposedS - lateS), background }} />;
        return lateS < slowerS ? [whole] : [whole, <span key={`${phase.name} lost`} className="late" title={`${phase.name}, lost: ${span(lateS * 1e9)}`} style={{ width: share(lateS) }} />];
      })}
    </div>
  );
}

function Phases({ job }: { readonly job: JobView }): ReactNode {
  return (
    <table className="small phases">
      <thead><tr><th scope="col">Phase</th><th scope="col">Class</th><th scope="col" className="number">In the step</th><th scope="col" className="number">Losing</th>
        <th scope="col" className="number">Light held</th></tr></thead>
      <tbody>
        {job.phases.map((phase) => {
          const lateS = phase.exposedS - (phase.exposedAskedS ?? phase.exposedS);
          // A job that stands waits for the phases that have no light; what they took before says nothing now.
          const isDark = job.stepS === null && phase.share < darkShare;
          return (
            <tr key={phase.name}>
              <td>{phase.name}</td><td><span className="state"><Swatch step={classStep(phase.trafficClass)} />{classTitles[phase.trafficClass]}</span></td>
              <td className="number">{isDark ? 'stands' : phase.exposedS < 1e-9 ? 'hidden' : span(phase.exposedS * 1e9)}</td>
              <td className={`number ${isDark ? 'bad-text strong' : lateS >= slowerS ? 'warn-text strong' : 'dim'}`}>{isDark ? '✕ all' : lateS >= slowerS ? `▼ ${span(lateS * 1e9)}` : '–'}</td>
              <td className={`number ${phase.share < 0.995 ? 'warn-text strong' : ''}`}>{percent(phase.share)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** When the steps that are left are done at the step of now, and how much later that is than with all its light. */
function doneIn(job: JobView): { readonly leftNs: number; readonly laterNs: number } | null {
  const left = Math.max(0, job.stepsAsked - job.steps);
  return job.stepS === null ? null : { leftNs: left * job.stepS * 1e9, laterNs: left * Math.max(0, job.stepS - job.stepAskedS) * 1e9 };
}

/** A minute later at the end of days is no news. */
const laterLeastNs = 6e10;

function Standing({ job }: { readonly job: JobView }): ReactNode {
  const slower = job.stepS === null ? 0 : job.stepS / job.stepAskedS - 1;
  if (job.held !== null) return <span className="bad-text strong">✕ stands</span>;
  return slower > 0.001 ? <span className="warn-text strong">▼ {percent(slower)} slower</span> : <span className="good-text strong">● full speed</span>;
}

const heldRemedies: Readonly<Record<string, string>> = {
  wait: 'It goes on by itself when light is free: repair what failed first.', preempt: 'Light of a lower class would let it go on: release or shorten such leases.', never: 'It cannot go on as it was asked for.',
};

function JobPanel({ job, nowNs, isChosen }: { readonly job: JobView; readonly nowNs: number; readonly isChosen: boolean }): ReactNode {
  const end = doneIn(job);
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    if (isChosen) panel.current?.scrollIntoView({ block: 'nearest' });
  }, [isChosen]);
  return (
    <section ref={panel} className={`panel stack job ${isChosen ? 'chosen' : ''}`} aria-label={`Job ${job.id}`}>
      <div className="line"><h2>{job.id}</h2><CopyButton text={job.id} what="the name of the job" />
        <span className="dim">{job.tenant}, {count(job.gpus)} GPUs</span><span className="push"><Standing job={job} /></span></div>
      {job.held !== null && <div className="problem"><strong>{job.held.code}</strong><ul>{job.held.reasons.map((reason) => <li key={reason}>{reason}</li>)}</ul>
        <p><span className="dim">What to do:</span> {heldRemedies[job.held.remedy] ?? job.held.remedy} <a href={linkTo('runbook', 'job-held')}>Runbook: job-held</a></p></div>}
      <div className="job-figures">
        <div><span className="dim small">Steps done</span><strong>{count(job.steps)}</strong><span className="small dim">of {count(job.stepsAsked)}</span><Progress done={job.steps} of={job.stepsAsked} /></div>
        <div><span className="dim small">Step</span><strong>{job.stepS === null ? 'none' : span(job.stepS * 1e9)}</strong><span className="small dim">{span(job.stepAskedS * 1e9)} with all light</span></div>
        <div><span className="dim small">Losing</span><strong className={job.losingGpuS > 0.05 ? 'warn-text' : ''}>{job.losingGpuS < 0.05 ? 'nothing' : gpus(job.losingGpuS)}</strong>
          <span className="small dim">of {count(job.gpus)} GPUs’ work</span></div>
        <div><span className="dim small">Done</span><strong>{end === null ? 'never so' : ago(nowNs + end.leftNs)}</strong>
          <span className={`small ${end !== null && end.laterNs >= laterLeastNs ? 'warn-text' : 'dim'}`}>{end === null ? 'while it stands' : end.laterNs >= laterLeastNs
            ? `${span(end.laterNs)} later than with all light` : longClock(nowNs + end.leftNs).slice(0, 10)}</span></div>
      </div>
      {job.stepS !== null && <StepBar job={job} />}
      <Phases job={job} />
      <p className="small dim">{count(job.replicas)} of {counted(job.replicasAsked, 'replica')} · <a href={linkTo('leases', 'job', job.id)}>{counted(job.leases, 'lease')}</a>, {job.shortLeases > 0
        ? <strong className="warn-text">{count(job.shortLeases)} short of light</strong> : 'all served'} · {counted(job.restarts, 'restart')}{job.shiftS > 0
        && ` · a phase is put off by ${span(job.shiftS * 1e9)}`}{job.turn !== null && ` · takes turns with ${job.turn.with.join(', ')}, a step every ${span(job.turn.stepS * 1e9)}`}</p>
    </section>
  );
}

function Summary({ jobs }: { readonly jobs: readonly JobView[] }): ReactNode {
  const losing = jobs.reduce((sum, job) => sum + job.losingGpuS, 0);
  const all = jobs.reduce((sum, job) => sum + job.gpus, 0);
  return <p className="lead">{counted(jobs.length, 'job')} on {count(all)} GPUs, {losing < 0.05 ? 'losing nothing to the light'
    : <strong className="warn-text">{`losing the work of ${gpus(losing)} to missing light`}</strong>}.</p>;
}

/** Tenths of GPUs, so that what is lost to rounding moves nobody. */
const lostTenths = ({ losingGpuS }: JobView): number => Math.round(losingGpuS * 10);
const worstFirst = (a: JobView, b: JobView): number => Number(b.held !== null) - Number(a.held !== null) || lostTenths(b) - lostTenths(a) || (a.id < b.id ? -1 : 1);

export function JobsView({ nowNs, words }: { readonly nowNs: number; readonly words: readonly string[] }): ReactNode {
  const { data, problem } = useResource<Page<JobView>>(paths.jobs, ['job', 'decision', 'lease']);
  return (
    <div className="sheet">
      <header><h1>Jobs</h1>{data === null || data.items.length === 0 ? <p className="lead">What each job gets of the light it asked for, and what the rest costs it.</p> : <Summary jobs={data.items} />}
        {data !== null && data.items.length > 0 && <ul className="legend push" aria-label="A step’s bar">
          <li><span className="key compute" />compute and waiting for stages</li><li><span className="key collective" />exposed collective, by class</li>
          <li><span className="key late" />lost to missing light</li></ul>}</header>
      <ProblemBox problem={problem} />
      {data?.items.length === 0 && <p className="empty panel">No job runs. A scheduler submits one with <code className="mono">POST /api/v1/jobs</code>; <code className="mono">examples/scheduler.py</code> shows how.</p>}
      {data === null && problem === null && <p className="empty">Reading jobs…</p>}
      <div className="columns job-columns">{data?.items.toSorted(worstFirst).map((job) => <JobPanel key={job.id} job={job} nowNs={nowNs} isChosen={job.id === words[0]} />)}</div>
    </div>
  );
}
