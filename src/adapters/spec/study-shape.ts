/** The shape of a Study spec: which cluster, which workloads, and the choices to compare. */

import { z } from 'zod';
import { clusterShape } from './cluster-shape.ts';
import { nameField, quantityField, textField, wholeField } from './fields.ts';
import { mediaShape } from './media-shape.ts';
import { workloadShape } from './workload-shape.ts';

export const choicesMax = 64;
export const workloadsMax = 64;

const reference = (what: string, example: string): z.ZodString => nameField({ about: `A ${what} spec, relative to this file.`, example });

const choiceShape = z
  .strictObject({
    name: nameField({ about: 'Name of the choice in reports; unique in the study.', example: 'lpo' }),
    description: textField({ about: 'One sentence for the report.', example: 'Linear pluggables without a DSP' }).prefault(''),
    media: z
      .strictObject(mediaShape.shape)
      .meta({ description: 'Media of the tiers this choice changes; other tiers keep the cluster’s own.', examples: [{ access: ['lpo-800g'], fabric: ['lpo-800g'] }] }),
    caseTemperature: quantityField('temperature', { about: 'Case temperature of this choice. By default that of the cluster.', example: '35C', min: -40, max: 125 }).optional(),
  })
  .meta({ description: 'One way to build the links of the cluster.' });

const pricesShape = z
  .strictObject({
    year: wholeField({ about: 'Year the prices are of.', example: 2026, min: 2000, max: 2100 }),
    source: textField({ about: 'Where the prices come from.', example: 'quotation of May 2026' }),
    parts: z.record(z.string(), quantityField('money', { about: 'Price of one piece.', example: '640$', min: 0 })).meta({ description: 'Catalogue part id to the price of one piece.' }),
  })
  .meta({ description: 'A price list that overrides the catalogue.' });

export const studyShape = z
  .strictObject({
    kind: z.literal('Study').meta({ description: 'This file describes a study.' }),
    version: z.literal(1).meta({ description: 'Version of the format.' }),
    name: nameField({ about: 'Name of the study in reports.', example: 'optics-choice' }),
    description: textField({ about: 'Free text.', example: 'Which optics for the next hall?' }).optional(),
    type: z.literal('compare').prefault('compare').meta({ description: 'What the study does: `compare` runs every workload on every choice.' }),
    cluster: z.union([reference('Cluster', 'cluster-1024.yaml'), clusterShape]).meta({ description: 'The cluster: a file, or a whole Cluster spec.', examples: ['cluster-1024.yaml'] }),
    workloads: z
      .array(z.union([reference('Workload', 'workload-llama-405b.yaml'), workloadShape]).meta({ description: 'A file, or a whole Workload spec.', examples: ['workload-llama-405b.yaml'] }))
      .min(1)
      .max(workloadsMax)
      .meta({ description: 'Workloads to run, each on every choice.', examples: [['workload-llama-405b.yaml']] }),
    choices: z.array(choiceShape).min(1).max(choicesMax).meta({ description: 'The choices to compare, in the order of the report.', examples: [[{ name: 'lpo', media: { access: ['lpo-800g'], fabric: ['lpo-800g'] } }]] }),
    prices: pricesShape.optional(),
  })
  .meta({ title: 'Heliostat Study', description: 'A comparison of choices on one cluster and several workloads.' });

export type StudyDocument = z.output<typeof studyShape>;
