/** Events newest first, with runs of the same kind folded to one line that opens. */

import type { ReactNode } from 'react';
import type { EventView } from '../../../src/app/contract/work.ts';
import { clock } from '../shell/format.ts';
import { keptUnits } from '../shell/names.ts';
import { linkTo } from '../shell/route.ts';
import { foldEvents } from './fold-events.ts';

interface ListProps {
  readonly events: readonly EventView[];
  readonly label: string;
  /** Makes the number of an entry a button; elsewhere the number of a decision leads to it. */
  readonly onGo?: (n: number) => void;
}

const tone = ({ level }: EventView): string => (level === 'alarm' ? 'bad-text' : level === 'warning' ? 'warn-text' : '');
const opened = 60;

function Entry({ event, onGo }: { readonly event: EventView; readonly onGo: ListProps['onGo'] }): ReactNode {
  const isDecision = event.kind === 'decided';
  return (
    <>
      {onGo === undefined
        ? isDecision ? <a className="mono strong" href={linkTo('decisions', event.n)}>{event.n}</a> : <span className="mono dim">{event.n}</span>
        : <button type="button" className="linkish mono" aria-label={`Go to entry ${event.n}`} onClick={() => onGo(event.n)}>{event.n}</button>}
      <span className="small"><span className="dim time">{clock(event.atNs)}</span> <span className={tone(event)}>{keptUnits(event.text)}</span>
        {isDecision && onGo !== undefined && <> <a href={linkTo('decisions', event.n)}>Why?</a></>}</span>
    </>
  );
}

export function EventList({ events, label, onGo }: ListProps): ReactNode {
  return (
    <ol className="plain-list log-list" aria-label={label}>
      {foldEvents(events).map(({ events: held, title }) => {
        const [first] = held;
        if (first === undefined) return null;
        if (title === null) return <li key={first.n}><Entry event={first} onGo={onGo} /></li>;
        return (
          <li key={`run ${held.at(-1)?.n ?? 0}`} className="run">
            <details>
              <summary><span className="mono dim">{held.at(-1)?.n}–</span><span className="small"><span className="dim time">{clock(first.atNs)}</span> <span className={tone(first)}>{title}</span></span></summary>
              <ol className="plain-list log-list">{held.slice(0, opened).map((event) => <li key={event.n}><Entry event={event} onGo={onGo} /></li>)}
                {held.length > opened && <li className="dim small"><span />and {held.length - opened} more</li>}</ol>
            </details>
          </li>
        );
      })}
    </ol>
  );
}
