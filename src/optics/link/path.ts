/** The path between the two ends: connectors, fibre or free space, circulators, circuit switch, grating. */

import { weakestKind } from '../../base/figure.ts';
import { dbToRatio, ratioToDb } from '../../base/levels.ts';
import { plainNumber } from '../../base/plain-number.ts';
import { refuse } from '../../base/refusal.ts';
import type { Db } from '../../base/units.ts';
import { quantity } from '../../base/units.ts';
import { fibreDispersionPsPerNm, signalToReflection } from '../formulas/budget.ts';
import { fibreDelayNs } from '../formulas/delay.ts';
import { inBandCrosstalkVariance } from '../formulas/noise.ts';
import { wavelengthStepAtGhz } from '../formulas/spectrum.ts';
import { beamRadiusMm } from '../formulas/switching.ts';
import type { Part } from '../part.ts';
import type { Device } from './device.ts';
import { customDevice, lossDevice } from './device.ts';
import type { Light } from './light.ts';
import { attenuated, closedEach, reflecting } from './light.ts';
import type { Setting } from './setting.ts';
import { standardPart } from './setting.ts';

/** What the path must know of the signal. */
export interface PathSignal {
  readonly symbolRateGbd: number;
  /** True where the transmitter's eye closure was measured through the fibre of the stated reach. */
  readonly dispersionInClosure: boolean;
  readonly reachM: number;
}

/** Every device between the ends, in the order in which the light meets them. */
export function pathDevices(part: Part, setting: Setting, signal: PathSignal): readonly Device[] {
  const { request } = setting;
  const devices: Device[] = [];
  const circuit = request.circuit;
  if (circuit?.bidirectional === true) devices.push(circulator(setting, 'circulator in'));
  devices.push(...connectorDevices(part, setting), ...mediumDevices(part, setting, signal));
  if (part.kind === 'awgr') devices.push(grating(part, setting));
  if (circuit !== undefined) devices.push(circuitSwitch(circuit.switchPart, setting));
  if (circuit?.bidirectional === true) devices.push(circulator(setting, 'circulator out'), ownReflection(circuit.switchPart, setting));
  const extraDb = request.extraLossDb ?? 0;
  if (extraDb !== 0) devices.push(lossDevice({ name: 'extra loss', kind: 'estimate', note: `${plainNumber(extraDb)} dB as asked: dirt, bends or ageing` }, extraDb));
  return devices;
}

function connectorDevices(part: Part, setting: Setting): readonly Device[] {
  const { request, read } = setting;
  const fixed = part.params['blind_connectors']?.value === true;
  if (request.connectors === 0 || fixed) return [];
  const connector = standardPart(request.catalogue, 'mpo-connector');
  const loss = read.need(connector, 'il');
  const coherent = read.text(part, 'medium') === 'smf-g652';
  const reflectance = coherent ? read.need(connector, 'reflectance_clean') : null;
  const note = `${request.connectors} connections of ${loss.value} dB${reflectance === null ? '' : `, ${reflectance.value} dB reflectance each`}`;
  const reflections = reflectance === null ? [] : Array.from({ length: request.connectors }, () => quantity<Db>(reflectance.value));
  return [lossDevice({ name: 'connectors', kind: loss.kind, note }, request.connectors * loss.value, ...reflections)];
}

function mediumDevices(part: Part, setting: Setting, signal: PathSignal): readonly Device[] {
  if (part.kind === 'free-space') return [freeSpace(part, setting)];
  const { request, read } = setting;
  const own = setting.referred(part, 'medium') ?? standardPart(request.catalogue, 'smf-g652');
  const fibre = request.fibrePart ?? own;
  refuseOtherModes(part, { own, asked: fibre }, setting);
  const index = read.need(fibre, 'group_index');
  const stated = fibre.id === own.id ? read.find(part, 'fibre_loss') : null;
  // A fibre_loss of a part is per metre because its medium is short; fibre entries are per kilometre.
  const loss = stated ?? read.need(fibre, 'loss');
  const lossDb = (loss.value * request.lengthM) / (stated === null ? 1000 : 1);
  const note = `${plainNumber(request.lengthM)} m of ${fibre.id} at ${loss.value} ${stated === null ? 'dB/km' : 'dB/m'}`;
  const latencyNs = fibreDelayNs({ lengthM: request.lengthM, groupIndex: index.value });
  const devices: Device[] = [lossDevice({ name: 'fibre', kind: loss.kind, note, latencyNs }, lossDb)];
  const spread = fibre.id === 'smf-g652' ? dispersion(fibre, setting, signal) : modalSpread(fibre, setting, signal);
  if (spread !== null) devices.push(spread);
  return devices;
}

/** Light made for one kind of core does not go through another. A fibre that does not say how many modes it guides is trusted. */
function refuseOtherModes(part: Part, { own, asked }: { readonly own: Part; readonly asked: Part }, { read, obstacles }: Setting): void {
  const modes = read.text(asked, 'modes');
  const wanted = read.text(own, 'modes');
  if (modes === null || wanted === null || modes === wanted) return;
  obstacles.push(refuse('wrong-fibre', 'never', `${part.id} is made for ${wanted} fibre such as ${own.id}; ${asked.id} is ${modes}.`));
}

/**
 * Chromatic dispersion of an externally modulated signal: the pulse spread over the symbol is d = |D L| l^2 B^2/c, and the
 * penalty -5 log10(1 - d^2) (Agrawal 2010 sec. 5.4, with the spectral width of the modulation itself). Beyond 1 no eye is
 * left. A TDECQ measured through the standard's fibre holds the dispersion of the stated reach, so only the excess counts.
 */
function dispersion(fibre: Part, setting: Setting, { symbolRateGbd, dispersionInClosure, reachM }: PathSignal): Device | null {
  const { request, read } = setting;
  const zero = read.need(fibre, 'zero_dispersion');
  const slope = read.need(fibre, 'dispersion_slope');
  if (dispersionInClosure && request.lengthM <= reachM) return null;
  const spreadAt = (wavelengthNm: number, lengthM: number): number => {
    const psPerNm = fibreDispersionPsPerNm({ wavelengthNm, zeroDispersionNm: zero.value, slopePsPerNm2Km: slope.value, lengthKm: lengthM / 1000 });
    // A symbol rate B in GBd occupies B GHz, that is l^2 B/c nm; ps over the symbol time 1000/B ps.
    return (Math.abs(psPerNm) * (symbolRateGbd / wavelengthStepAtGhz({ atNm: wavelengthNm, stepNm: 1 })) * symbolRateGbd) / 1000;
  };
  const counted = dispersionInClosure ? reachM : 0;
  const note = `zero dispersion at ${zero.value} nm, slope ${slope.value} ps/nm2/km${dispersionInClosure ? `, beyond the ${reachM} m in TDECQ` : ''}`;
  return customDevice({ name: 'dispersion', kind: weakestKind([zero.kind, slope.kind]), note }, (light) =>
    closedEach(light, light.wavelengthNm.map((wavelengthNm) => spreadPenalty(spreadAt(wavelengthNm, request.lengthM)) - spreadPenalty(spreadAt(wavelengthNm, counted)))));
}

/** Where the eye is gone the penalty stops here, far below any margin, so that reports stay finite. */
const closedEyeDb = 60;

const spreadPenalty = (spread: number): number => (spread >= 1 ? closedEyeDb : Math.min(closedEyeDb, -5 * Math.log10(1 - spread * spread)));

/**
 * Modal and chromatic spread of multimode fibre, beyond what the stated reach already put into TDECQ: the inter-symbol
 * interference term of the 10 Gigabit Ethernet link model, -10 log10(1 - 1.425 exp(-1.28 (T/Tc)^2)) with Tc = 0.48/bandwidth
 * (IEEE 802.3ae link model spreadsheet; Cunningham and Lane, Gigabit Ethernet Networking, 1999).
 */
function modalSpread(fibre: Part, setting: Setting, { symbolRateGbd, dispersionInClosure, reachM }: PathSignal): Device | null {
  const { request, read } = setting;
  const bandwidth = read.find(fibre, 'bandwidth');
  if (bandwidth === null) return null;
  const penalty = (lengthM: number): number => {
    const riseTimes = (symbolRateGbd * 0.48 * (lengthM / 1000)) / bandwidth.value;
    const interference = riseTimes === 0 ? 0 : 1.425 * Math.exp(-1.28 / (riseTimes * riseTimes));
    return interference >= 1 ? closedEyeDb : Math.min(closedEyeDb, -10 * Math.log10(1 - interference));
  };
  const excessDb = penalty(request.lengthM) - (dispersionInClosure ? penalty(Math.min(reachM, request.lengthM)) : 0);
  const note = `${bandwidth.value} GHz km at ${symbolRateGbd.toFixed(1)} GBd${dispersionInClosure ? `, beyond the ${reachM} m in TDECQ` : ''}`;
  return customDevice({ name: 'modal dispersion', kind: bandwidth.kind, note }, (light) => closedEach(light, light.wavelengthNm.map(() => excessDb)));
}

/** Group index of air at 1.3 um. */
const airIndex = 1.000273;

/** A collimated beam through a round aperture: the share 1 - exp(-2 a^2/w^2) of a Gaussian arrives (Saleh and Teich, ch. 3). */
function freeSpace(part: Part, setting: Setting): Device {
  const { request, read } = setting;
  const waist = read.need(part, 'beam_waist');
  const aperture = read.need(part, 'aperture_radius');
  const steering = read.need(part, 'steering_loss');
  const radiusMm = beamRadiusMm({ waistMm: waist.value, distanceM: request.lengthM, wavelengthNm: read.need(part, 'wavelength').value });
  const captured = -Math.expm1((-2 * aperture.value ** 2) / radiusMm ** 2);
  const note = `beam radius ${radiusMm.toFixed(1)} mm on an aperture of ${aperture.value} mm, ${steering.value} dB of optics at each end`;
  const latencyNs = fibreDelayNs({ lengthM: request.lengthM, groupIndex: airIndex });
  return lossDevice({ name: 'free space', kind: weakestKind([waist.kind, aperture.kind, steering.kind]), note, latencyNs }, ratioToDb(1 / captured) + 2 * steering.value);
}

function circulator(setting: Setting, name: string): Device {
  const loss = setting.read.need(standardPart(setting.request.catalogue, 'circulator'), 'insertion_loss');
  return lossDevice({ name, kind: loss.kind, note: `${loss.value} dB, three ports` }, loss.value);
}

function circuitSwitch(part: Part, setting: Setting): Device {
  const { read } = setting;
  const loss = read.need(part, 'insertion_loss');
  const returned = read.need(part, 'return_loss');
  const leak = read.need(part, 'crosstalk');
  const latency = read.find(part, 'latency');
  const note = `${part.id}: ${loss.value} dB per cross-connect, return loss ${returned.value} dB, crosstalk ${leak.value} dB`;
  const variance = inBandCrosstalkVariance({ crosstalk: quantity(leak.value), interferers: 1 });
  return customDevice({ name: 'circuit switch', kind: loss.kind, note, latencyNs: (latency?.value ?? 0) * 1000 }, (light) => {
    const crossed = reflecting(attenuated(light, quantity(loss.value)), quantity(-returned.value), quantity(-returned.value));
    return { ...crossed, crosstalkVariance: crossed.crosstalkVariance + variance };
  });
}

/**
 * In a bidirectional path the own transmitter's light comes back from the switch and through the circulator, at full
 * strength, onto a signal that the path has weakened: both loss and return loss fail it (check X03).
 */
function ownReflection(part: Part, setting: Setting): Device {
  const { read, request } = setting;
  const returned = read.need(part, 'return_loss');
  const directivity = read.need(standardPart(request.catalogue, 'circulator'), 'directivity');
  const note = `own light returned ${returned.value} dB down by ${part.id} and ${directivity.value} dB down by the circulator, against the weakened signal`;
  return customDevice({ name: 'own reflection', kind: weakestKind([returned.kind, directivity.kind]), note }, (light) => addOwnReflection(light, [returned.value, directivity.value], setting));
}

/** Connections, fibre, switch and circulators between the two transceivers, as the light meets them up to here. */
function addOwnReflection(light: Light, returnLossesDb: readonly number[], setting: Setting): Light {
  const pathDb = pathLossDb(setting);
  let variance = 0;
  for (const returnLoss of returnLossesDb) variance += 1 / dbToRatio(signalToReflection({ returnLoss: quantity(returnLoss), pathLoss: quantity(pathDb) }));
  return { ...light, crosstalkVariance: light.crosstalkVariance + variance };
}

function pathLossDb({ request, read }: Setting): number {
  const { catalogue, circuit } = request;
  const connector = read.need(standardPart(catalogue, 'mpo-connector'), 'il').value;
  const fibre = (read.need(request.fibrePart ?? standardPart(catalogue, 'smf-g652'), 'loss').value * request.lengthM) / 1000;
  const circulators = 2 * read.need(standardPart(catalogue, 'circulator'), 'insertion_loss').value;
  const crossed = circuit === undefined ? 0 : read.need(circuit.switchPart, 'insertion_loss').value;
  return request.connectors * connector + fibre + circulators + crossed;
}

/** A cyclic arrayed waveguide grating: its loss, and the leak of the wavelengths meant for other ports. */
function grating(part: Part, setting: Setting): Device {
  const { read } = setting;
  const loss = read.need(part, 'awgr_il');
  const leak = read.need(part, 'grating_crosstalk');
  const ports = read.need(part, 'ports');
  const note = `${loss.value} dB, ${ports.value} ports; two neighbours leak at ${leak.value} dB`;
  const variance = inBandCrosstalkVariance({ crosstalk: quantity(leak.value), interferers: 2 });
  return customDevice({ name: 'AWGR', kind: weakestKind([loss.kind, leak.kind]), note }, (light) => {
    const passed = attenuated(light, quantity(loss.value));
    return { ...passed, crosstalkVariance: passed.crosstalkVariance + variance };
  });
}
