/** Asking for light: try it first without changing anything, take a counter-offer with one click, then ask in earnest. */

import { useState } from 'react';
import type { ReactNode } from 'react';
import type { LeaseAnswer, LeaseRequestBody } from '../../../src/app/contract/work.ts';
import type { Problem } from '../../../src/app/contract/words.ts';
import type { TrafficClassName } from '../../../src/traffic/classes.ts';
import { paths } from '../api/paths.ts';
import { write } from '../api/request.ts';
import { classTitles } from '../map/inks.ts';
import { useAction } from '../shell/action.ts';
import { clock, gbps, span } from '../shell/format.ts';
import { Chips } from '../shell/marks.tsx';
import { ProblemBox } from '../shell/problem-box.tsx';
import { ReadOnlyNote } from '../shell/token-form.tsx';

interface Draft { readonly tenant: string; readonly trafficClass: TrafficClassName; readonly fromRank: string; readonly toRank: string; readonly rateGbps: string; readonly floorGbps: string;
  readonly durationS: string }
type Offer = Partial<LeaseRequestBody>;

const body = (draft: Draft): Omit<LeaseRequestBody, 'startNs' | 'endNs'> => ({
  tenant: draft.tenant, job: null, trafficClass: draft.trafficClass, fromRank: Number(draft.fromRank), toRank: Number(draft.toRank), rateGbps: Number(draft.rateGbps), bits: null,
    floorGbps: Number(draft.floorGbps), durationS: Number(draft.durationS),
});

function Offers({ offers, onTake }: { readonly offers: readonly Offer[]; readonly onTake: (offer: Offer) => void }): ReactNode {
  if (offers.length === 0) return null;
  return (
    <div className="stack">
      <h3>These would be granted</h3>
      {offers.map((offer, at) => (
        <div key={at} className="line panel offer">
          <span>{gbps(offer.rateGbps ?? 0)}{offer.startNs === undefined ? '' : `, from ${clock(offer.startNs)}`}{offer.startNs !== undefined && offer.endNs !== undefined
            ? ` for ${span(offer.endNs - offer.startNs)}` : ''}</span>
          <button type="button" className="push" onClick={() => onTake(offer)}>Ask for this</button>
        </div>
      ))}
    </div>
  );
}

function Answer({ answer }: { readonly answer: LeaseAnswer }): ReactNode {
  if (!answer.granted) return <div className="problem" role="status"><strong>Would be refused</strong> <span className="mono">{answer.refusal?.code}</span>
    <ul>{answer.refusal?.reasons.map((reason) => <li key={reason}>{reason}</li>)}</ul></div>;
  return (
    <div className="told" role="status">
      <strong>{answer.dryRun ? 'It would be granted' : 'Granted'}</strong>{answer.lease === null ? '' : ` ${gbps(answer.lease.grantedGbps)}`}{answer.dryRun ? '. Nothing is changed yet.' : '.'}
      {answer.lease !== null && <p className="small">{answer.lease.paths.map((path) => path.names.join(' · ')).join(' | ')}</p>}
      {answer.preempts.length > 0 && <><p className="small">Leases that yield:</p><Chips items={answer.preempts} /></>}
    </div>
  );
}

export function LeaseForm({ gpus, onGranted }: { readonly gpus: number; readonly onGranted: () => void }): ReactNode {
  const [draft, setDraft] = useState<Draft>({ tenant: 'operations', trafficClass: 'inferenceFanout', fromRank: '0', toRank: String(Math.max(1, gpus - 1)), rateGbps: '50', floorGbps: '10', durationS: '600' });
  const action = useAction<LeaseAnswer>();
  const ask = (request: object, dryRun: boolean): void => action.run(async () => {
    const answer = await write<LeaseAnswer>(`${paths.leases}?dryRun=${dryRun}`, { body: request });
    if (!dryRun) onGranted();
    return answer;
  });
  const field = (name: keyof Draft, label: string, type = 'number'): ReactNode => (
    <div><label htmlFor={`lease-${name}`}>{label}</label><input id={`lease-${name}`} type={type} min={0} step="any" required value={draft[name]} onChange={(event) => setDraft({ ...draft,
      [name]: event.currentTarget.value })} /></div>
  );
  const offers = (action.problem as (Problem & { readonly offers?: readonly Offer[] }) | null)?.offers ?? action.answer?.offers ?? [];
  return (
    <form className="panel stack" onSubmit={(event) => { event.preventDefault(); ask(body(draft), false); }}>
      <h2>Ask for light</h2>
      <div className="fields">
        <div className="whole">
          <label htmlFor="lease-class">Class</label>
          <select id="lease-class" value={draft.trafficClass} onChange={(event) => setDraft({ ...draft,
            trafficClass: event.currentTarget.value as TrafficClassName })}>{Object.entries(classTitles).map(([name, title]) => <option key={name} value={name}>{title}</option>)}</select>
        </div>
        {field('fromRank', 'From rank')}{field('toRank', 'To rank')}{field('rateGbps', 'Rate, Gb/s')}{field('floorGbps', 'Floor, Gb/s')}{field('durationS', 'For, seconds')}{field('tenant', 'Tenant', 'text')}
      </div>
      <div className="line"><button type="button" disabled={action.running} onClick={() => ask(body(draft), true)}>Dry run</button>
        <button type="submit" className="primary" disabled={action.running}>Ask</button></div>
      <ReadOnlyNote needs="scheduler" />
      {action.answer !== null && <Answer answer={action.answer} />}
      <ProblemBox problem={action.problem} />
      <Offers offers={offers} onTake={(offer) => ask(offer, false)} />
    </form>
  );
}
