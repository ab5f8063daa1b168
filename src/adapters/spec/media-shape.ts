/** The shape of media: what stands at each end of a link, and in which order media are tried, tier by tier. */

import { z } from 'zod';
import { choiceField, nameField, quantityField, wholeField } from './fields.ts';

export const mediaPerTierMax = 8;

const partField = (about: string, example: string): z.ZodString => nameField({ about, example });

const externalSourceShape = z
  .strictObject({
    part: partField('Catalogue part of the laser source. By default the source that the lit part names.', 'els-elsfp').optional(),
    linksPerSource: wholeField({ about: 'Link ends that one source module feeds. By default its lasers times the lanes of one laser, over the lanes of a link.', example: 8, min: 1, max: 4096 }).optional(),
    lasersPerSource: wholeField({ about: 'Lasers in one source module. By default as the part says.', example: 8, min: 1, max: 1024 }).optional(),
  })
  .meta({ description: 'Light made outside the engine and brought to it by fibre. By default as the part says.' });

const terminalShape = z
  .union([
    partField('Catalogue part.', 'dr8-800g'),
    z.strictObject({
      part: partField('Catalogue part.', 'dr8-800g'),
      packaging: choiceField(['pluggable', 'engine', 'cableEnd'], {
        about: 'Module in the face plate, engine beside the chip, or plug of a copper cable. By default as the kind of part.',
      }).optional(),
      linksPerModule: wholeField({ about: 'Link ends that share one module or engine. By default the part’s capacity over the rate of the link.', example: 2, min: 1, max: 1024 }).optional(),
      lasersPerModule: wholeField({ about: 'Lasers or combs inside one module or engine. By default one per lane, one comb per port, none with an external source.', example: 8, min: 0, max: 4096 }).optional(),
      externalSource: externalSourceShape.optional(),
    }),
  ])
  .meta({ description: 'What stands at one end of the link: a part id, or a part with its packaging.', examples: ['dr8-800g'] });

const mediumObject = z
  .strictObject({
    name: nameField({ about: 'Name in reports. By default made of the parts.', example: '800G DR8' }).optional(),
    near: terminalShape.meta({ description: 'The end nearer to the accelerator.' }),
    far: terminalShape.optional().meta({ description: 'The other end. By default as the near end.', examples: ['dr8-800g'] }),
    cable: partField('Catalogue part of the cable. By default single-mode fibre, or the copper part itself.', 'smf-g652').optional(),
    connectors: wholeField({ about: 'Mated connectors between the two ends. By default 2 for fibre (a patch panel at each end), 0 for copper.', example: 2, min: 0, max: 32 }).optional(),
    lanes: wholeField({ about: 'Wavelengths, fibre lanes or copper lanes of one link. By default the link’s rate over the lane rate.', example: 4, min: 1, max: 1024 }).optional(),
    rate: quantityField('rate', { about: 'Nominal rate of one link. By default that of the port it serves.', example: '400Gbps', above: 0 }).optional(),
  })
  .meta({ description: 'One way to make a link.' });

const mediumShape = z
  .union([partField('Catalogue part at both ends.', 'dr8-800g'), mediumObject])
  .meta({ description: 'A part id that stands at both ends, or both ends in full.', examples: ['dr8-800g'] });

const tier = (about: string) =>
  z.array(mediumShape).min(1).max(mediaPerTierMax).meta({
    description: `${about} Tried in order: each cable takes the first that closes at its length.`,
    examples: [['dr8-800g']],
  });

const byRate = 'By default retimed pluggables for the rate of its links.';

export const mediaShape = z.strictObject({
  access: tier(`Accelerator to first switch. ${byRate}`).optional(),
  fabric: tier(`Between switches of a pod and its spines. ${byRate}`).optional(),
  core: tier(`Between spines and core. ${byRate}`).optional(),
  dci: tier('Between sites. By default coherent pluggables.').optional(),
});

export type MediaDocument = z.output<typeof mediaShape>;
export type MediumDocument = NonNullable<MediaDocument['access']>[number];
export type TerminalDocument = z.output<typeof terminalShape>;
