/** The transmitting end: from laser to modulated light in the fibre, in the three ways the catalogue's parts do it. */

import { weakestKind } from '../../base/figure.ts';
import { dbToRatio, dbmToMilliwatts, milliwattsToDbm, ratioToDb } from '../../base/levels.ts';
import { isRefusal } from '../../base/refusal.ts';
import type { Db } from '../../base/units.ts';
import { quantity } from '../../base/units.ts';
import { splitLoss } from '../formulas/budget.ts';
import { eyeSharePenalty, pam4ModulationNoiseShare, rinVariance } from '../formulas/noise.ts';
import { ringDetuningLoss } from '../formulas/ring.ts';
import { averagePowerFromOma, tdecqEyeQ } from '../formulas/signal.ts';
import type { Part } from '../part.ts';
import type { Device } from './device.ts';
import { closureDevice, customDevice, lossDevice } from './device.ts';
import type { Chosen } from './figures.ts';
import type { Light } from './light.ts';
import type { LaserLoad, LineShift } from './laser-load.ts';
import { driveLaser, holdWindow, lineShiftOf, unmovedLines } from './laser-load.ts';
import { attenuatedEach, continuousLight, modulated } from './light.ts';
import type { StageReport } from './link-report.ts';
import { lockRing } from './ring-lock.ts';
import type { RingState } from './ring-lock.ts';
import type { Setting } from './setting.ts';
import { standardPart } from './setting.ts';
import { laneCount, lineWavelengthsNm, rxBandwidthGhz } from './signal-plan.ts';

export interface Transmitter {
  readonly light: Light;
  readonly origin: StageReport;
  readonly devices: readonly Device[];
  readonly laser: LaserLoad | null;
  readonly ring: RingState | null;
  /** Where its lines stand, for the rings of the far end. */
  readonly lines: LineShift;
}

const stage = (name: string, light: Light, kind: StageReport['kind'], note: string): StageReport => {
  const oma = light.omaMw[0] ?? 0;
  const level = oma > 0 ? oma : light.powerMw[0] ?? 0;
  return { name, lossDb: quantity(0), levelDbm: milliwattsToDbm(quantity(level)), latencyNs: quantity(0), kind, note };
};

/** Light lost because the laser cannot hold its output at this temperature. */
const derating = (load: Omit<LaserLoad, 'sourceMwPerLane'> | null): readonly Device[] => {
  const ratio = load?.state.outputRatio ?? 1;
  if (ratio >= 1 || load === null) return [];
  const note = `at its highest current (${load.state.currentMa.toFixed(0)} mA, junction ${load.state.junctionC.toFixed(0)} °C) the laser gives ${(ratio * 100).toFixed(0)} % of its nominal light`;
  return [lossDevice({ name: 'laser derating', kind: 'estimate', note }, -ratioToDb(ratio))];
};

/**
 * A transmitter known by its standard's limits. The light starts at the OMA that goes with the largest TDECQ, and TDECQ
 * closes the eye. TDECQ already holds the intensity noise at the threshold, so that share is taken out of the closure
 * and kept as noise: it is counted once, and at high margin it still sets the floor.
 */
export function limitedTransmitter(part: Part, setting: Setting): Transmitter {
  const { read, typical } = setting;
  const limit = read.need(part, 'oma_minus_tdecq_min', 'oma_minus_tdecq');
  const tdecq = read.need(part, 'tdecq_max');
  const extinction = read.need(part, 'er_min');
  const rin = read.need(part, 'rin_oma_max');
  const headroom = typical ? read.find(part, 'tx_headroom')?.value ?? 0 : 0;
  const bandwidthGhz = rxBandwidthGhz(part, setting);
  const share = pam4ModulationNoiseShare({ variance: rinVariance({ rinDbPerHz: rin.value, bandwidthGhz }), eyeQ: tdecqEyeQ });
  const rinPenalty = eyeSharePenalty(share);
  if (isRefusal(rinPenalty)) setting.obstacles.push(rinPenalty);
  const rinDb = isRefusal(rinPenalty) ? 0 : Math.min(rinPenalty, tdecq.value);
  const omaDbm = limit.value + tdecq.value + headroom;
  const mean = averagePowerFromOma({ oma: quantity(omaDbm), extinction: quantity(extinction.value) });
  const laserPart = setting.request.laserPart ?? setting.referred(part, 'laser_source');
  const load = laserPart === null ? null : driveLaser(part, laserPart, setting);
  const lines = laserPart === null ? unmovedLines : lineShiftOf(part, laserPart, setting);
  holdWindow(part, lines, setting);
  const wavelengths = lineWavelengthsNm(part, setting).map((at) => at + lines.shiftNm);
  const light: Light = {
    ...modulated(continuousLight({ wavelengthNm: wavelengths, power: dbmToMilliwatts(mean), rinDbPerHz: rin.value }), quantity(extinction.value)),
    rinIsOma: true, reflectancesDb: reflectanceOf(part, setting),
  };
  const kind = weakestKind([limit.kind, tdecq.kind, extinction.kind]);
  const head = headroom > 0 ? ` with ${headroom.toFixed(2)} dB of typical headroom` : '';
  return {
    light,
    origin: stage('transmitter', light, kind, `outer OMA at OMA - TDECQ = ${limit.value} dBm${head}, extinction ratio ${extinction.value} dB${lineWords(lines)}`),
    devices: [
      ...derating(load),
      closureDevice({ name: 'TDECQ', kind: tdecq.kind, note: `${tdecq.value} dB eye closure, of which ${rinDb.toFixed(2)} dB is RIN_OMA ${rin.value} dB/Hz, kept as noise` }, tdecq.value - rinDb),
    ],
    laser: load === null ? null : { ...load, sourceMwPerLane: Number.NaN },
    ring: null, lines,
  };
}

/** A clause on where the lines stand; nothing where they have not moved. */
const lineWords = ({ shiftNm, note }: LineShift): string => (shiftNm === 0 ? '' : `; ${note}`);

const reflectanceOf = (part: Part, setting: Setting): readonly Db[] => {
  // Light without coherence (LED, multimode VCSEL) does not beat with its own reflections.
  if (setting.read.text(part, 'medium') !== 'smf-g652') return [];
  return [quantity(setting.read.need(part, 'reflectance_max').value)];
};

/** A directly modulated emitter (VCSEL array, microLED) with lens and fibre array. */
export function directTransmitter(part: Part, setting: Setting): Transmitter {
  const { read } = setting;
  const launch = read.need(part, 'launch');
  const extinction = read.need(part, 'er');
  const coupling = read.need(part, 'coupling_loss');
  const rin = read.need(part, 'laser_rin');
  const closure = read.need(part, 'eye_closure');
  const laserPart = setting.request.laserPart ?? setting.referred(part, 'laser_source');
  const load = laserPart === null ? null : driveLaser(part, laserPart, setting);
  const power = dbmToMilliwatts(quantity(launch.value));
  const light = modulated(continuousLight({ wavelengthNm: lineWavelengthsNm(part, setting), power, rinDbPerHz: rin.value }), quantity(extinction.value));
  return {
    light,
    origin: stage('emitter', light, launch.kind, `outer OMA of ${launch.value} dBm mean power at ${extinction.value} dB extinction`),
    devices: [
      ...derating(load),
      lossDevice({ name: 'transmit coupling', kind: coupling.kind, note: `${coupling.value} dB from emitter array into the fibre` }, coupling.value),
      closureDevice({ name: 'eye closure', kind: closure.kind, note: `${closure.value} dB from the emitter's bandwidth` }, closure.value),
    ],
    laser: load === null ? null : { ...load, sourceMwPerLane: power },
    ring: null, lines: unmovedLines,
  };
}

/** Light of an external source, a DFB array or a comb, and the noise of each line. */
function sourceLight(part: Part, laserPart: Part, lines: LineShift, setting: Setting): { readonly light: Light; readonly launch: Chosen; readonly devices: readonly Device[]; readonly lanes: Chosen } {
  const { read } = setting;
  const comb = laserPart.kind === 'comb-laser';
  const launch = comb ? read.need(laserPart, 'power_per_line') : read.need(part, 'laser_launch');
  // A laser asked for by name brings its own noise; otherwise the part's statement about its laser is the closer one.
  const rin = setting.request.laserPart === undefined ? read.find(part, 'laser_rin') ?? read.need(laserPart, 'rin') : read.need(laserPart, 'rin');
  const wavelengths = lineWavelengthsNm(part, setting).map((at) => at + lines.shiftNm);
  const light = continuousLight({ wavelengthNm: wavelengths, power: dbmToMilliwatts(quantity(launch.value)), rinDbPerHz: rin.value });
  const flatness = comb ? read.need(laserPart, 'flatness') : null;
  const devices = flatness === null ? [] : [combFlatness(flatness, wavelengths.length)];
  return { light, launch, devices, lanes: comb ? { value: 1, kind: 'estimate', source: 'one comb line per wavelength' } : read.need(part, 'lanes_per_laser') };
}

/** Lines of a comb fall off from the middle: a parabola in level, zero-mean in dB, `flatness` from best to worst. */
function combFlatness(flatness: Chosen, lines: number): Device {
  const lossDb = Float64Array.from({ length: lines }, (_, line) => {
    const offset = lines === 1 ? 0 : (2 * line) / (lines - 1) - 1;
    return flatness.value * (offset * offset - 1 / 3);
  });
  const note = `${flatness.value} dB from the strongest to the weakest of ${lines} lines; one pump lights them all`;
  return customDevice({ name: 'comb flatness', kind: flatness.kind, note }, (light) => attenuatedEach(light, lossDb));
}

/** An engine that modulates light from a laser beside it or outside: laser, feed, split, coupling, modulator, multiplexer. */
export function litTransmitter(part: Part, setting: Setting): Transmitter {
  const { read, request } = setting;
  const laserPart = request.laserPart ?? setting.referred(part, 'laser_source') ?? standardPart(request.catalogue, 'els-elsfp');
  const load = driveLaser(part, laserPart, setting);
  const lines = lineShiftOf(part, laserPart, setting);
  const { light, launch, devices: combDevices, lanes } = sourceLight(part, laserPart, lines, setting);
  const feed = read.need(part, 'laser_connector_loss');
  const excess = read.need(part, 'laser_split_loss');
  const coupling = read.need(part, 'coupling_loss');
  const closure = read.need(part, 'eye_closure');
  const integrated = read.text(part, 'laser_placement') === 'integrated';
  const splitDb = splitLoss(lanes.value) + excess.value;
  const { devices: modulation, ring } = modulatorDevices(part, lines, setting);
  const mux = read.find(part, 'mux_loss');
  const placement = integrated ? 'laser on the engine' : 'external laser';
  const wallPlug = load === null || load.wallPlugEfficiency === null ? '' : `, wall plug ${((load.wallPlugEfficiency.value / load.wallPlugRatio) * 100).toFixed(1)} %`;
  const warmth = load === null ? '' : `, junction at ${load.state.junctionC.toFixed(0)} °C${wallPlug}`;
  return {
    light: { ...light, reflectancesDb: reflectanceOf(part, setting) },
    origin: stage('laser', light, launch.kind, `${laserPart.id}, ${launch.value} dBm mean power, ${light.rinDbPerHz} dB/Hz; ${placement}${warmth}${coolerWords(load)}${lineWords(lines)}`),
    devices: [
      ...derating(load), ...combDevices,
      ...(feed.value > 0 ? [lossDevice({ name: 'laser feed', kind: feed.kind, note: `${feed.value} dB in the connections from the laser` }, feed.value)] : []),
      lossDevice({ name: 'laser split', kind: weakestKind([lanes.kind, excess.kind]), note: `${lanes.value === 1 ? 'not split' : `split 1:${lanes.value}`}, ${excess.value} dB excess loss` }, splitDb),
      ...(integrated ? [] : [lossDevice({ name: 'laser coupling', kind: coupling.kind, note: `${coupling.value} dB from the laser's fibre into the engine` }, coupling.value)]),
      ...modulation,
      ...(mux === null ? [] : [lossDevice({ name: 'multiplexer', kind: mux.kind, note: `${mux.value} dB past the other rings of the bus` }, mux.value)]),
      lossDevice({ name: 'transmit coupling', kind: coupling.kind, note: `${coupling.value} dB from the engine into the fibre` }, coupling.value),
      closureDevice({ name: 'eye closure', kind: closure.kind, note: `${closure.value} dB transmitter eye closure` }, closure.value),
    ],
    laser: load === null ? null : { ...load, sourceMwPerLane: dbmToMilliwatts(quantity(launch.value)) / lanes.value },
    ring, lines,
  };
}

const coolerWords = (load: Pick<LaserLoad, 'cooler'> | null): string => (load === null || load.cooler === null ? '' : `, held at ${load.cooler.setPointC} °C by a cooler`);

function modulatorDevices(part: Part, lines: LineShift, setting: Setting): { readonly devices: readonly Device[]; readonly ring: RingState | null } {
  const { read, caseC } = setting;
  const loss = read.need(part, 'modulator_loss');
  const extinction = read.need(part, 'er');
  const modulatorPart = setting.referred(part, 'modulator_part');
  const kind = weakestKind([loss.kind, extinction.kind]);
  const name = modulatorPart?.id ?? 'modulator';
  const note = `${loss.value} dB insertion loss, then OMA of ${extinction.value} dB extinction`;
  const modulate = customDevice({ name: 'modulator', kind, note: `${name}: ${note}` }, (light) => {
    const transmission = 1 / dbToRatio(quantity(loss.value));
    return modulated({ ...light, powerMw: light.powerMw.map((power) => power * transmission) }, quantity(extinction.value));
  });
  if (modulatorPart === null || modulatorPart.id !== 'mrm') return { devices: [modulate], ring: null };
  const wavelength = read.need(part, 'wavelength');
  const spacing = laneCount(part, setting) > 1 ? read.find(part, 'line_spacing')?.value ?? null : null;
  const ring = lockRing({ part, ring: modulatorPart, temperatureC: caseC, wavelengthNm: wavelength.value, spacingGhz: spacing, lineShiftNm: lines.shiftNm }, read);
  return { devices: [modulate, ringLossDevice('modulator ring lock', part, ring, setting)], ring };
}

/** What a ring beside its line costs: the Lorentzian drop loss at the detuning that heater and loop leave. */
export function ringLossDevice(name: string, part: Part, ring: RingState, { read }: Setting): Device {
  const fwhm = read.need(part, 'ring_fwhm');
  const heater = `heater shifts ${ring.shiftNm.toFixed(2)} nm with ${ring.heaterMw.toFixed(1)} mW`;
  const note = `${ring.detuningGhz.toFixed(1)} GHz off a resonance of ${fwhm.value} GHz; ${heater}${ring.inRange ? '' : ', all it can'}`;
  return lossDevice({ name, kind: weakestKind([ring.kind, fwhm.kind]), note }, ringDetuningLoss({ detuningGhz: ring.detuningGhz, fwhmGhz: fwhm.value }));
}
