/** A problem document as an operator needs it: what happened, the reasons, and what to do. */

import type { ReactNode } from 'react';
import type { Problem } from '../../../src/app/contract/words.ts';
import { askForToken } from '../api/token.ts';

const remedies: Readonly<Record<string, string>> = {
  wait: 'Waiting helps: ask again later.', preempt: 'It would take light from a lower class.', never: 'It cannot be granted as asked; change what is asked.',
};

/** A sentence with its full stop. */
const ended = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

export function ProblemBox({ problem }: { readonly problem: Problem | null }): ReactNode {
  if (problem === null) return null;
  // What is the only thing to say is said once.
  const issues = problem.issues?.filter(({ message }) => message !== problem.detail) ?? [];
  return (
    <div className="problem" role="alert">
      <strong>{problem.title}</strong> <span className="mono dim">{problem.code}</span>
      <p>{problem.detail}</p>
      {problem.reasons.length > 0 && <ul>{problem.reasons.slice(0, 8).map((reason) => <li key={reason}>{reason}</li>)}</ul>}
      {issues.length > 0 && <ul>{issues.map((issue) => <li key={`${issue.path ?? ''}${issue.code}`}><span className="mono">{issue.path}</span> {ended(issue.message)} {ended(issue.remedy)}</li>)}</ul>}
      <p><span className="dim">What to do:</span> {problem.status === 401
        ? <><button type="button" className="linkish" onClick={askForToken}>Enter a token</button> (key button, top right). The first administrator’s token is in the file that the server named
          when it started.</> : ended(remedies[problem.remedy] ?? problem.remedy)}</p>
    </div>
  );
}
