/** The shape of a Cluster spec: every field with its meaning, bounds, default and example. */

import { z } from 'zod';
import { gpusMax } from '../../fabric/design-check.ts';
import { accelerators } from '../../traffic/accelerators.ts';
import { radixMax } from './circuit-fabric-shape.ts';
import { nicPresets, ocsPresets, switchPresets } from './equipment.ts';
import { fabricShape } from './fabric-shape.ts';
import { choiceField, nameField, numberField, quantityField, textField, wholeField } from './fields.ts';
import { figureField, writtenFigure } from './figure-field.ts';
import { mediaShape } from './media-shape.ts';

export const gpusPerNodeMax = 1024;

const presetNames = (presets: Readonly<Record<string, unknown>>): [string, ...string[]] => {
  const [first, ...rest] = Object.keys(presets);
  return first === undefined ? [''] : [first, ...rest];
};

const [firstAccelerator, ...otherAccelerators] = accelerators.map((one) => one.id);
const acceleratorNames: [string, ...string[]] = [firstAccelerator ?? '', ...otherAccelerators];

const mtbf = (what: string, example: string): ReturnType<typeof figureField> => figureField('time', { about: `Mean time between failures of ${what}.`, example, above: 0 });

const peak = (precision: string, example: string): z.ZodType<number> => quantityField('flops', { about: `Dense peak in ${precision}.`, example, above: 0 });

const acceleratorShape = z
  .union([
    choiceField(acceleratorNames, { about: 'A known accelerator.' }),
    z.strictObject({
      preset: choiceField(acceleratorNames, { about: 'The known accelerator whose figures hold where none is given here.' }),
      name: nameField({ about: 'Name in reports; the preset’s by default.', example: 'H100 with 600 W limit' }).optional(),
      peakBf16: peak('bf16', '989TFLOP/s').optional(),
      peakFp8: peak('fp8', '1979TFLOP/s').optional(),
      peakFp4: peak('fp4', '9PFLOP/s').optional(),
      memory: quantityField('data', { about: 'High-bandwidth memory of one accelerator.', example: '80GB', above: 0 }).optional(),
      memoryRate: quantityField('rate', { about: 'Memory bandwidth.', example: '3350GB/s', above: 0 }).optional(),
      power: quantityField('power', { about: 'Board power limit.', example: '700W', above: 0 }).optional(),
    }),
  ])
  .meta({ description: 'The accelerator: a known one by name, or a known one with changes.', examples: ['h100'] });

const serverShape = z
  .strictObject({
    hostPower: figureField('power', { about: 'Share of one accelerator in processors, memory, fans and conversion; network adapters and accelerators excluded.', example: '550W', min: 0 })
      .prefault(writtenFigure('550W', 'estimate', '10.2 kW of an eight-accelerator server at most (DGX H100 user guide), less 700 W and a 25 W adapter each')),
    cost: figureField('money', { about: 'Price of one accelerator with its share of the server, fabric excluded.', example: '32000$', min: 0 })
      .prefault(writtenFigure('32000$', 'estimate', 'engineering estimate: an eight-accelerator server at about 256 k$')),
    mtbf: mtbf('one accelerator', '82944h')
      .prefault(writtenFigure('82944h', 'published', 'The Llama 3 Herd of Models (arXiv 2407.21783), Table 5: 256 faults of GPU, HBM, SRAM and system processor in 54 days of 16,384')),
  })
  .meta({ description: 'What each accelerator needs around it.' });

const scaleUpShape = z
  .strictObject({
    size: wholeField({ about: 'Accelerators in one fast domain; 1 for none. By default that of the accelerator, at most the whole cluster.', example: 8, min: 1, max: 65_536 }).optional(),
    rate: quantityField('rate', { about: 'Rate of one accelerator into the domain, one direction. By default that of the accelerator.', example: '450GB/s', above: 0 }).optional(),
    lanes: wholeField({ about: 'Electrical lanes of one accelerator, one direction.', example: 36, min: 1, max: 1024 }).prefault(36),
    latency: quantityField('time', { about: 'One hop from accelerator to domain switch.', example: '250ns', min: 0 }).prefault('250ns'),
    part: textField({ about: 'Catalogue part that carries the domain.', example: 'nvlink5-copper-nvl72' }).prefault('nvlink5-copper-nvl72'),
    energy: figureField('energyPerBit', { about: 'Energy per bit of the domain’s links.', example: '5pJ/bit', min: 0 })
      .prefault(writtenFigure('5pJ/bit', 'estimate', 'catalogue part nvlink5-copper-nvl72: 4 to 6 pJ/bit per lane')),
    switchMtbf: mtbf('one domain switch', '2000000h').prefault(writtenFigure('2000000h', 'estimate', 'engineering estimate')),
  })
  .meta({ description: 'The fast domain inside a node or rack.' });

const switchFields = {
  name: nameField({ about: 'Name in reports.', example: 'leaf and spine switch' }),
  radix: wholeField({ about: 'Ports at `portRate`; a port carries one link.', example: 128, min: 2, max: radixMax }),
  portRate: quantityField('rate', { about: 'Rate of one port.', example: '400Gbps', above: 0 }),
  power: figureField('power', { about: 'Switch chip, control and fans, without optics and host SerDes.', example: '768W', min: 0 }),
  cost: figureField('money', { about: 'Price without optics.', example: '45000$', min: 0 }),
  latency: quantityField('time', { about: 'Port to port, cut through.', example: '700ns', min: 0 }),
  mtbf: mtbf('one switch', '300000h'),
};

const nicFields = {
  name: nameField({ about: 'Name in reports.', example: '400G adapter' }),
  power: figureField('power', { about: 'Power of one adapter without its module.', example: '25W', min: 0 }),
  cost: figureField('money', { about: 'Price of one adapter.', example: '1600$', min: 0 }),
  latency: quantityField('time', { about: 'Accelerator memory to wire.', example: '600ns', min: 0 }),
  mtbf: mtbf('one adapter', '3000000h'),
};

const ocsFields = {
  name: nameField({ about: 'Name in reports.', example: 'circuit switch' }),
  part: nameField({ about: 'Catalogue part.', example: 'google-palomar' }),
  radix: wholeField({ about: 'Duplex ports.', example: 136, min: 2, max: radixMax }),
  power: figureField('power', { about: 'Power of one circuit switch.', example: '108W', min: 0 }),
  cost: figureField('money', { about: 'Price of one circuit switch.', example: '50000$', min: 0 }),
  mtbf: mtbf('one circuit switch', '200000h'),
};

const equipment = <T extends z.ZodRawShape>(presets: Readonly<Record<string, unknown>>, fields: T, about: string) => {
  const names = presetNames(presets);
  const whole = z.strictObject({ preset: choiceField(names, { about: 'Known equipment whose figures hold where none is given here.' }), ...z.object(fields).partial().shape });
  return z.union([choiceField(names, { about: 'Known equipment.' }), whole]).meta({ description: about, examples: [names[0]] });
};

const floorShape = z
  .strictObject({
    rows: wholeField({ about: 'Rows of racks the hall can hold.', example: 4, min: 1, max: 10_000 }).prefault(8),
    racksPerRow: wholeField({ about: 'Racks in one row.', example: 12, min: 1, max: 10_000 }).prefault(16),
    rackPitch: quantityField('length', { about: 'Centre to centre along a row.', example: '600mm', above: 0 }).prefault('600mm'),
    rowPitch: quantityField('length', { about: 'Centre to centre across rows, aisle included.', example: '2.4m', above: 0 }).prefault('2.4m'),
    nodesPerRack: wholeField({ about: 'Nodes in one rack; power and cooling set it.', example: 4, min: 1, max: 1024 }).prefault(4),
    switchesPerRack: wholeField({ about: 'Switches in one network rack.', example: 8, min: 1, max: 1024 }).prefault(8),
    leafPlacement: choiceField(['middleOfPod', 'endOfPod', 'topOfRack'], { about: 'Where a pod’s leaf switches stand.' }).prefault('middleOfPod'),
    spinePlacement: choiceField(['middle', 'end'], { about: 'Where switches that serve every pod stand.' }).prefault('middle'),
    trayRise: quantityField('length', { about: 'Rise from equipment to the overhead tray, paid at both ends.', example: '2m', min: 0 }).prefault('2m'),
    slack: quantityField('length', { about: 'Slack coiled per cable, both ends together.', example: '2m', min: 0 }).prefault('2m'),
    inRack: quantityField('length', { about: 'Cable between two units of one rack.', example: '2m', above: 0 }).prefault('2m'),
  })
  .meta({ description: 'The hall: racks in rows, cables over trays. Cable lengths follow from it.' });

const feed = (what: string, per: 'rack' | 'row', hours: string) => {
  const shape = z.strictObject({
    per: choiceField(['rack', 'row'], { about: `What one ${what} serves.` }).prefault(per),
    spares: wholeField({ about: `Further ${what}s beside the one that suffices: 1 for N+1. With any, the loss of one takes nothing along.`, example: 1, min: 0, max: 8 }).prefault(0),
    mtbf: mtbf(`one ${what}`, hours).prefault(writtenFigure(hours, 'estimate', 'engineering estimate')),
  });
  return z.union([shape, z.literal('none')]).prefault({}).meta({ description: `A shared ${what}: what hangs on it fails with it. \`none\` leaves it out.` });
};

export const clusterShape = z
  .strictObject({
    kind: z.literal('Cluster').meta({ description: 'This file describes a cluster.' }),
    version: z.literal(1).meta({ description: 'Version of the format.' }),
    name: nameField({ about: 'Name of the cluster in reports.', example: 'rail-1024' }),
    description: textField({ about: 'Free text.', example: 'One hall, two pods' }).optional(),
    gpus: wholeField({ about: 'Accelerators in the cluster.', example: 1024, min: 1, max: gpusMax }),
    gpusPerNode: wholeField({ about: 'Accelerators in one node; divides `gpus`.', example: 8, min: 1, max: gpusPerNodeMax }).prefault(8),
    accelerator: acceleratorShape,
    server: serverShape.prefault({}),
    scaleUp: scaleUpShape.prefault({}),
    rate: quantityField('rate', { about: 'Scale-out rate of one accelerator, one direction, over all its ports. By default that of the accelerator.', example: '400Gbps', above: 0 }).optional(),
    nic: equipment(nicPresets, nicFields, 'The network adapter of each accelerator. By default the slowest known one that carries `rate`.').optional(),
    switch: equipment(switchPresets, switchFields, 'The switch used for leaves and spines. By default a 51.2 Tb/s switch whose ports carry `rate`.').optional(),
    ocs: equipment(ocsPresets, ocsFields, 'The circuit switch, in fabrics that have one.').optional(),
    fabric: fabricShape,
    media: mediaShape.prefault({}).meta({ description: 'How links are made, tier by tier.' }),
    floor: floorShape.prefault({}),
    feeds: z
      .strictObject({ power: feed('power feed', 'rack', '500000h'), coolant: feed('coolant loop', 'row', '300000h') })
      .prefault({})
      .meta({ description: 'Shared supplies.' }),
    caseTemperature: quantityField('temperature', {
      about: 'Case temperature at which links are evaluated. By default each end settles in its package by the thermal model, and the hotter end judges the link.',
      example: '45C', min: -40, max: 125,
    }).optional(),
    pue: numberField({ about: 'Power usage effectiveness: power of the site over power of its computers and network.', example: 1.25, min: 1, max: 5 }).prefault(1.25),
  })
  .meta({ title: 'Heliostat Cluster', description: 'A cluster: accelerators, fabric, optics, floor plan and supplies.' });

export type ClusterDocument = z.output<typeof clusterShape>;
