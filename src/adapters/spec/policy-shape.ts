/** The shape of a Policy spec: classes, health, ladder, leases, tenants, commands and costs, each field optional and by default as built in. */

import { z } from 'zod';
import type { ComponentKind } from '../../fabric/components.ts';
import { componentKinds } from '../../fabric/components.ts';
import type { RungName, ServeKind } from '../../plan/policy.ts';
import type { TrafficClassName } from '../../traffic/classes.ts';
import { trafficClassNames } from '../../traffic/classes.ts';
import { choiceField, nameField, numberField, quantityField, textField, wholeField, yesNoField } from './fields.ts';

const weightMax = 1_000_000;

const serves = ['reserved', 'shared'] as const satisfies readonly ServeKind[];
const rungs = ['hold', 'retune', 'spare', 'reroute', 'derate', 'shift', 'preempt', 'shrink', 'migrate'] as const satisfies readonly RungName[];

const time = (about: string, example: string): z.ZodOptional<z.ZodType<number>> => quantityField('time', { about, example, min: 0 }).optional();
/** None at all would be a contradiction: a window in which nothing counts, a resend without end. */
const span = (about: string, example: string): z.ZodOptional<z.ZodType<number>> => quantityField('time', { about, example, above: 0 }).optional();
const share = (about: string, example: string): z.ZodOptional<z.ZodType<number>> => quantityField('fraction', { about, example, min: 0, max: 1 }).optional();
const weight = (about: string, example: number): z.ZodOptional<z.ZodNumber> => numberField({ about, example, above: 0, max: weightMax }).optional();

const classShape = z.strictObject({
  priority: wholeField({ about: '1 is served first; no two classes have the same.', example: 1, min: 1, max: trafficClassNames.length }).optional(),
  floor: share('Share of what a lease asked for that it keeps under pressure; light inside it is not preemptible.', '50%'),
  preemptible: yesNoField({ about: 'A class with a higher priority may take what lies above the floor.' }).optional(),
  serves: choiceField(serves, { about: 'Whole wavelengths held alone, or a rate on wavelengths that nobody holds alone.' }).optional(),
  deadline: z.union([z.literal('none'), quantityField('time', { about: 'Deadline of a request that names none, from its start.', example: '600s', above: 0 })])
    .meta({ description: 'Deadline of a request that names none, from its start; `none` leaves it open.', examples: ['600s'] }).optional(),
  window: span('Length of a lease that names no end.', '24h'),
  weight: weight('What one Gb/s of the class is worth against one of another when victims are chosen.', 32),
});

const classNote = (name: TrafficClassName): z.ZodOptional<typeof classShape> => classShape.meta({ description: `How ${name} is served.`, examples: [{ floor: '50%' }] }).optional();

const repairShape = z.strictObject(Object.fromEntries(
  componentKinds.map((kind) => [kind, time(`From failure to service of a component of kind ${kind}.`, '4h')])) as Record<ComponentKind, z.ZodOptional<z.ZodType<number>>>,
);

const healthShape = z.strictObject({
  marginHold: quantityField('ratio', { about: 'Below this margin the controller acts.', example: '0.5dB', min: 0, max: 100 }).optional(),
  marginReturn: quantityField('ratio', { about: 'Above this margin light returns to service; more than `marginHold`.', example: '1dB', min: 0, max: 100 }).optional(),
  holdDown: time('How long the margin must hold before light returns; 0s lets it return as soon as it is seen.', '5min'),
  flapMax: wholeField({ about: 'Flaps within the window that a component may have and stay in service.', example: 3, min: 1, max: 1_000_000 }).optional(),
  flapWindow: span('The window in which flaps count.', '1h'),
  telemetryStale: span('A device that has said nothing for this long is stale: an alarm; no tuning spends its margins, new leases and placements prefer light that is heard, nothing is planned anew for it.', '3min'),
  predictHorizon: time('The controller acts when a trend reaches its threshold sooner than this.', '15min'),
});

const rungShape = z.union([
  choiceField(rungs, { about: 'A rung that may be taken.' }),
  z.strictObject({ rung: choiceField(rungs, { about: 'Name of the rung.' }), enabled: yesNoField({ about: 'Whether it may be taken.' }) }),
]).meta({ description: 'A rung of the ladder, by its name when it may be taken.', examples: ['hold'] });

export const policyShape = z
  .strictObject({
    kind: z.literal('Policy').meta({ description: 'This file describes a policy.' }),
    version: z.literal(1).meta({ description: 'Version of the format.' }),
    name: nameField({ about: 'Name of the policy in decisions and reports.', example: 'night-shift' }),
    description: textField({ about: 'Free text.', example: 'Inference first' }).optional(),
    classes: z.strictObject(Object.fromEntries(trafficClassNames.map((name) => [name, classNote(name)])) as Record<TrafficClassName, z.ZodOptional<typeof classShape>>)
      .prefault({}).meta({ description: 'The six traffic classes; what is left out is as built in.' }),
    health: healthShape.prefault({}).meta({ description: 'When the controller acts on a component and when it trusts it again.' }),
    ladder: z.array(rungShape).min(1).max(32).optional().meta({
      description: 'Every rung once. Cost decides between rungs; between equals this order decides. By default all enabled. With spare or reroute off, nothing cut by a fault grows so.', examples: [['hold', 'retune']],
    }),
    lease: z.strictObject({
      expiry: span('A lease that is not renewed ends after this.', '1h'),
      counterOffersMax: wholeField({ about: 'Offers that a refusal shows.', example: 4, min: 0, max: 100 }).optional(),
      windowMax: span('Longest window a request may name.', '90d'),
    }).prefault({}).meta({ description: 'Leases.' }),
    tenants: z.record(nameField({ about: 'Name of a tenant.', example: 'search' }), z.strictObject({
      weight: weight('Share against other tenants of the same class. By default 1.', 2),
      shareCap: quantityField('fraction', { about: 'Largest share of any link that all its leases may hold together. By default all.', example: '60%', above: 0, max: 1 }).optional(),
    }).meta({ description: 'Terms of one tenant.', examples: [{ weight: 2 }] })).prefault({}).meta({ description: 'Tenants by name; one that is not named has weight 1 and no cap.' }),
    commands: z.strictObject({
      confirmTimeout: span('A device undoes a change that is not confirmed within this.', '120s'),
      resend: span('An unanswered command is sent again after this.', '2s'),
      retriesMax: wholeField({ about: 'Resends before a command counts as failed.', example: 5, min: 0, max: 1000 }).optional(),
      reconfigurationsPerOcsPerMinuteMax: wholeField({ about: 'Changes of cross-connects that one circuit switch takes in a minute.', example: 30, min: 1, max: 1_000_000 }).optional(),
    }).prefault({}).meta({ description: 'Commands to devices.' }),
    costs: z.strictObject({
      restart: time('R: from failure to the first step after a restart.', '600s'),
      checkpoint: time('C: what one checkpoint costs the step.', '60s'),
      retuneDark: time('How long a wavelength is dark while it is tuned.', '10ms'),
      expectedRepair: repairShape.prefault({}).meta({ description: 'Expected repair times per kind of component.' }),
    }).prefault({}).meta({ description: 'What things cost in time.' }),
  })
  .meta({ title: 'Heliostat Policy', description: 'What each traffic class is promised, when the controller acts, in which order it degrades, and what things cost.' });

export type PolicyDocument = z.output<typeof policyShape>;
