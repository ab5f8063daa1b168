/** The shape of a Timeline spec: what happens to the light of a cluster during a run. */

import { z } from 'zod';
import { choiceField, nameField, numberField, quantityField, wholeField } from './fields.ts';

export const timelineEventsMax = 100_000;
export const timelineStepsMax = 1_000_000_000;

const at = quantityField('time', { about: 'When, from the start of the run.', example: '10s', min: 0 });
const target = nameField({ about: 'A component as `heliostat blast` names it, or all cables between two nodes.', example: 'leaf3/module12/laser0' });
const kind = <const K extends string>(name: K, about: string): z.ZodLiteral<K> => z.literal(name).meta({ description: about });

const eventShape = z
  .discriminatedUnion('event', [
    z.strictObject({ at, event: kind('fail', 'The target fails, with its fault domain.'), target }),
    z.strictObject({ at, event: kind('repair', 'What failed works again.'), target }),
    z.strictObject({
      at, event: kind('temperature', 'The links that end inside the target have this case temperature from now on.'),
      target: target.optional().meta({ description: 'A component as `heliostat blast` names it; the whole cluster when it is left out.', examples: ['coolantloop0'] }),
      case: quantityField('temperature', { about: 'Case temperature.', example: '65C', min: -40, max: 125 }),
    }),
    z.strictObject({
      at, event: kind('attenuation', 'Light lost on every link that ends inside the target, on top of its budget; 0dB restores it.'), target,
      loss: quantityField('ratio', { about: 'Light lost.', example: '1.5dB', min: 0, max: 100 }),
    }),
    z.strictObject({
      at, event: kind('frameLoss', 'Frames lost behind the FEC on every link that ends inside the target; 0 restores it.'), target,
      ratio: numberField({ about: 'Share of frames lost.', example: 0.001, min: 0, max: 1 }),
    }),
    z.strictObject({ at, event: kind('switchCircuits', 'The circuits of the target are dark while it moves.'), target, for: quantityField('time', { about: 'How long it moves.', example: '15ms', above: 0 }) }),
  ])
  .meta({ description: 'One event.' });

export const timelineShape = z
  .strictObject({
    kind: z.literal('Timeline').meta({ description: 'This file describes what happens during a run.' }),
    version: z.literal(1).meta({ description: 'Version of the format.' }),
    name: nameField({ about: 'Name of the timeline in reports.', example: 'laser-fault' }),
    steps: wholeField({ about: 'Training steps of the run. By default as many as the sound cluster makes until the last event, and one more.', example: 100, min: 1, max: timelineStepsMax }).optional(),
    retransmission: choiceField(['goBackN', 'selectiveRepeat'], {
      about: 'What a lost frame costs: RoCE sends all behind it again (go-back-N), or only the lost frame is sent again.',
    }).prefault('goBackN'),
    events: z.array(eventShape).min(1).max(timelineEventsMax).meta({
      description: 'Events in any order; of events at one time the later in the list holds.', examples: [[{ at: '10s', event: 'fail', target: 'leaf3/module12/laser0' }]],
    }),
  })
  .meta({ title: 'Heliostat Timeline', description: 'Faults, repairs, heat, lost light and moving circuits during a run.' });

export type TimelineDocument = z.output<typeof timelineShape>;
