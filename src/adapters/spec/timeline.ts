/** Reads a Timeline file: what happens to the light of a cluster during a run. */

import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { LightEvent, LightTimeline } from '../../study/light-timeline.ts';
import { readFileText } from './files.ts';
import { checkShape, settle, sourceOf } from './read-spec.ts';
import type { SpecSource } from './read-spec.ts';
import { schemaFor } from './schemas.ts';
import { issueAt } from './shape-issues.ts';
import type { DocumentPath } from './source-tree.ts';
import type { TimelineDocument } from './timeline-shape.ts';
import { timelineShape } from './timeline-shape.ts';

export interface TimelineSpec {
  readonly name: string;
  readonly steps: number | null;
  readonly timeline: LightTimeline;
  /** Gives issues about events, found on a cluster, their places in the file. */
  place(issues: readonly Issue[]): readonly Issue[];
}

function eventFrom(event: TimelineDocument['events'][number]): LightEvent {
  const base = { atNs: event.at, target: event.target ?? '' };
  switch (event.event) {
    case 'fail':
    case 'repair': return { ...base, event: event.event };
    case 'temperature': return { ...base, event: 'temperature', caseTemperatureC: event.case };
    case 'attenuation': return { ...base, event: 'attenuation', lossDb: event.loss };
    case 'frameLoss': return { ...base, event: 'frameLoss', ratio: event.ratio };
    case 'switchCircuits': return { ...base, event: 'switchCircuits', durationNs: event.for };
  }
}

const steps = (path: string): DocumentPath => [...path.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map((match) => (match[1] === undefined ? (match[2] ?? '') : Number(match[1])));

function placeIn(source: SpecSource): TimelineSpec['place'] {
  return (issues) => issues.map((issue) => ({ ...issueAt(source, steps(issue.path ?? ''), issue), ...(issue.value === undefined ? {} : { value: issue.value }) }));
}

/** Parses the text of a Timeline spec; `file` names it in issues. */
function parseTimeline(text: string, file: string): Parsed<TimelineSpec> {
  const source = sourceOf({ text, file }, 'Timeline');
  if (!source.ok) return source;
  const shaped = checkShape({ tree: source.value.tree, schema: schemaFor('Timeline'), prefix: [] }, timelineShape);
  const whole = settle(shaped.value, [...source.value.issues, ...shaped.issues]);
  if (!whole.ok) return whole;
  const document = whole.value;
  return parsed({ name: document.name, steps: document.steps ?? null, timeline: { events: document.events.map(eventFrom), retransmission: document.retransmission }, place: placeIn(source.value) });
}

/** Reads a Timeline file. */
export function readTimeline(file: string): Parsed<TimelineSpec> {
  const text = readFileText(file);
  return text.ok ? parseTimeline(text.value.text, file) : text;
}
