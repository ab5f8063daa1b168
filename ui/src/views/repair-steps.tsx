/** The steps of one component's maintenance as buttons: what may be asked next at its stage, and asking for it. */

import { useState } from 'react';
import type { ReactNode } from 'react';
import type { Done } from '../../../src/app/contract/operate.ts';
import { paths } from '../api/paths.ts';
import { write } from '../api/request.ts';
import { useAction } from '../shell/action.ts';
import { ProblemBox } from '../shell/problem-box.tsx';

type MaintenanceAction = 'drain' | 'repair' | 'verify' | 'return' | 'cancel';
interface Step { readonly action: MaintenanceAction; readonly label: string; readonly isNext: boolean }

/** What the operator does at each stage, in words, with the steps that the controller accepts there. */
const stages: Readonly<Record<string, { readonly todo: string; readonly steps: readonly Step[] }>> = {
  draining: { todo: 'Wait: its light is moving away. Do not touch it yet.', steps: [{ action: 'cancel', label: 'Cancel', isNext: false }] },
  drained: {
    todo: 'Nothing depends on it: work may begin.',
    steps: [{ action: 'repair', label: 'Begin work', isNext: true }, { action: 'return', label: 'Bring back untouched', isNext: false }],
  },
  repairing: { todo: 'Somebody works on it. When the work is done, test it.', steps: [{ action: 'verify', label: 'Work is done: test it', isNext: true }] },
  verifying: { todo: 'Say what the test found; what passed returns by itself, and its light with it.', steps: [] },
  verificationFailed: { todo: 'It failed its test and stays out: work on it again.', steps: [{ action: 'repair', label: 'Begin work again', isNext: true }] },
};
const unknownStage = { todo: '', steps: [] };

export const todoAt = (stage: string): string => (stages[stage] ?? unknownStage).todo;

/** The answer to a drain or a dry run of one: what is done, line by line. */
export function DoneBox({ done }: { readonly done: Done }): ReactNode {
  return (
    <div className="told" role="status">
      <strong>{done.dryRun ? 'It would be done' : 'Done'}</strong>{done.dryRun ? '. Nothing is changed yet.' : '.'}
      <ul className="plain-list small">{done.facts.slice(0, shownFacts).map(({ n, text }) => <li key={n}>{text}</li>)}</ul>
      {done.facts.length > shownFacts && <p className="small dim">and {done.facts.length - shownFacts} more entries</p>}
    </div>
  );
}
const shownFacts = 6;

export const askStep = (component: string, action: MaintenanceAction, { note = '', isDry = false } = {}): Promise<Done> =>
  write<Done>(`${paths.maintenance}?dryRun=${isDry}`, { body: { component, action, note } });

const askResult = (component: string, passed: boolean, detail: string): Promise<Done> => write<Done>(`${paths.maintenance}/verified`, { body: { component, passed, detail } });

/** What a test found: it passed, or what was wrong. */
function Verdict({ component, isRunning, onTold }: { readonly component: string; readonly isRunning: boolean; readonly onTold: (work: () => Promise<Done>) => void }): ReactNode {
  const [finding, setFinding] = useState('');
  return (
    <>
      <button type="button" className="primary" disabled={isRunning} onClick={() => onTold(() => askResult(component, true, ''))}>It passed</button>
      <input className="finding" aria-label={`What the test of ${component} found`} placeholder="or what was found" value={finding} onChange={(event) => setFinding(event.currentTarget.value)} />
      <button type="button" disabled={isRunning || finding.trim() === ''} onClick={() => onTold(() => askResult(component, false, finding.trim()))}>It failed</button>
    </>
  );
}

interface StepsProps { readonly component: string; readonly stage: string; readonly onDone: () => void }

export function RepairSteps({ component, stage, onDone }: StepsProps): ReactNode {
  const action = useAction<Done>();
  const run = (work: () => Promise<Done>): void => action.run(async () => {
    const done = await work();
    onDone();
    return done;
  });
  const { steps } = stages[stage] ?? unknownStage;
  return (
    <>
      <div className="line">
        {steps.map((step) => <button key={step.action} type="button" className={step.isNext ? 'primary' : ''} disabled={action.running}
          onClick={() => run(() => askStep(component, step.action))}>{step.label}</button>)}
        {stage === 'verifying' && <Verdict component={component} isRunning={action.running} onTold={run} />}
      </div>
      <ProblemBox problem={action.problem} />
    </>
  );
}
