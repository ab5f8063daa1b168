/**
 * Evaluates one link: from parts, length, connectors and temperature to margin, errors, rate, latency and energy.
 *
 * Call `evaluateLink` once per distinct medium and length; it is pure, so its answers may be kept. It returns a report
 * whenever the physics can be computed, with `refusal` set where the link does not close, and a bare refusal where there
 * is nothing to compute: a part that is no link, ends that do not speak to each other, figures that are missing.
 */

import type { Refusal } from '../../base/refusal.ts';
import { isRefusal, refuse } from '../../base/refusal.ts';
import type { Gbps } from '../../base/units.ts';
import { quantity } from '../../base/units.ts';
import { eyeSharePenalty, nrzSharePenalty } from '../formulas/noise.ts';
import type { Part } from '../part.ts';
import { unaskable } from './askable.ts';
import { circuitTiming } from './circuit-timing.ts';
import { coherentLink } from './coherent-link.ts';
import { copperLink } from './copper-link.ts';
import type { Device } from './device.ts';
import { closureDevice, walk } from './device.ts';
import type { EndLoad } from './energy.ts';
import { endEnergy, hostEnergy, meanShares, totalEnergy } from './energy.ts';
import type { Detector, NoiseShares } from './eye.ts';
import { judge, noiseShares, requiredEyeQ } from './eye.ts';
import { fecLatencyNs, frameLossOf, isFecScheme } from './fec-scheme.ts';
import type { FecScheme } from './fec-scheme.ts';
import { chooseMidpoint, createFigureReader } from './figures.ts';
import type { LinkReport, RingFilters, StageReport, WavelengthReport } from './link-report.ts';
import { pathDevices } from './path.ts';
import { builtReceiver, limitedReceiver } from './receiver.ts';
import type { Receiver } from './receiver.ts';
import type { LinkRequest } from './request.ts';
import type { Setting } from './setting.ts';
import { signalPlan } from './signal-plan.ts';
import type { SignalPlan } from './signal-plan.ts';
import { directTransmitter, limitedTransmitter, litTransmitter } from './transmitter.ts';
import type { Transmitter } from './transmitter.ts';
import { whyNot } from './why-not.ts';

/** How a part makes its light, told from the figures it carries. */
type Family = 'copper' | 'coherent' | 'limited' | 'direct' | 'lit';

export { isLinkPart } from './askable.ts';

/** How the light of a part starts; the other two families have no transmitter of light. */
const startOf = (family: Family): 'limited' | 'direct' | 'lit' => (family === 'limited' || family === 'direct' ? family : 'lit');

function familyOf(part: Part): Family {
  if (part.kind === 'copper' || part.kind === 'coherent') return part.kind;
  const has = (name: string): boolean => Object.hasOwn(part.params, name);
  if (has('oma_minus_tdecq_min') || has('oma_minus_tdecq')) return 'limited';
  return has('launch') ? 'direct' : 'lit';
}

const transmitters: Readonly<Record<'limited' | 'direct' | 'lit', (part: Part, setting: Setting) => Transmitter>> = { limited: limitedTransmitter, direct: directTransmitter, lit: litTransmitter };

/** What both light and copper come to before it is judged. */
interface Physics {
  readonly plan: SignalPlan;
  readonly stages: readonly StageReport[];
  readonly wavelengths: readonly WavelengthReport[];
  readonly near: EndLoad;
  readonly far: EndLoad;
  readonly filters?: RingFilters;
}

/**
 * Evaluates a link. Refusals without a report: `not-a-link`, `wrong-kind-of-part`,
 * `no-light-to-switch`, `impossible-request`, `incompatible-ends`, `part-incomplete`, `figure-out-of-range`, `unknown-reference`.
 */
export function evaluateLink(request: LinkRequest): LinkReport | Refusal {
  const { part, catalogue } = request;
  const refused = unaskable(request);
  if (refused !== null) return refused;
  const setting = createSetting(request);
  const unknown = setting.obstacles.length;
  const physics = evaluatePhysics(setting);
  if (setting.read.impossible.length > 0) return impossible(setting);
  if (isRefusal(physics)) return physics;
  if (setting.read.missing.length > 0) return incomplete(setting);
  if (setting.obstacles.length > unknown && setting.obstacles.some(({ code }) => code === 'unknown-reference')) return setting.obstacles[0] ?? incomplete(setting);
  const report = compose(request, physics, setting, catalogue.find(part.id) ?? part);
  if (setting.read.impossible.length > 0) return impossible(setting);
  return setting.read.missing.length > 0 ? incomplete(setting) : report;
}

const impossible = ({ read }: Setting): Refusal => refuse('figure-out-of-range', 'never', ...new Set(read.impossible));

const incomplete = ({ request, read }: Setting): Refusal =>
  refuse('part-incomplete', 'never', `${request.part.id} cannot be evaluated as a link: ${[...new Set(read.missing)].join(', ')} ${read.missing.length === 1 ? 'is' : 'are'} not stated.`);

function createSetting(request: LinkRequest): Setting {
  const read = createFigureReader(request.choose ?? chooseMidpoint);
  const obstacles: Refusal[] = [];
  return {
    request, read, obstacles, caseC: quantity(request.caseTemperatureC), typical: request.view === 'typical',
    referred(part, parameter) {
      const id = read.needText(part, parameter);
      const found = request.catalogue.find(id);
      if (found === undefined && id !== '') obstacles.push(refuse('unknown-reference', 'never', `${part.id} names ${id} as its ${parameter}, which the catalogue does not hold.`));
      return found ?? null;
    },
  };
}

function evaluatePhysics(setting: Setting): Physics | Refusal {
  const { request } = setting;
  const { part } = request;
  const family = familyOf(part);
  if (family === 'coherent') {
    const line = coherentLink(part, setting);
    const figure = (name: string): number => setting.read.need(part, name).value;
    // Signalling is not asked of a coherent line, which judges its own 16QAM.
    const plan: SignalPlan = { lanes: 1, signalling: 'PAM4', fec: 'cfec', laneRateGbps: quantity(figure('lane_rate')), symbolRateGbd: figure('baud'), limitBer: figure('ber_prefec') };
    const load: EndLoad = { lanes: 1, laneRateGbps: plan.laneRateGbps, laser: null, rings: [] };
    return { plan, ...line, wavelengths: withoutLost(line.wavelengths, part, setting), near: load, far: load };
  }
  if (family === 'copper') {
    const plan = signalPlan(part, setting);
    const load: EndLoad = { lanes: plan.lanes, laneRateGbps: plan.laneRateGbps, laser: null, rings: [] };
    const line = copperLink(part, plan, setting);
    return { plan, ...line, wavelengths: withoutLost(line.wavelengths, part, setting), near: load, far: load };
  }
  return opticalPhysics(setting);
}

/** The part that carries the light of a free-space path is a transceiver named by it. */
const opticalEnd = (part: Part, setting: Setting): Part => (part.kind === 'free-space' ? setting.referred(part, 'transceiver') ?? part : part);

function opticalPhysics(setting: Setting): Physics | Refusal {
  const { request } = setting;
  const near = opticalEnd(request.part, setting);
  const far = opticalEnd(request.farPart ?? request.part, setting);
  const plan = signalPlan(near, setting);
  const mismatch = near === far ? null : endsMismatch(near, far, setting);
  if (mismatch !== null) return mismatch;
  if (setting.read.missing.length > 0) return incomplete(setting);
  // A count outside its domain is refused by name; nothing may be sized by it.
  if (setting.read.impossible.length > 0) return impossible(setting);
  const nearFamily = familyOf(near);
  const farFamily = familyOf(far);
  const transmitter = transmitters[startOf(nearFamily)](near, setting);
  const receiver: Receiver = farFamily === 'limited' ? limitedReceiver(far, setting) : builtReceiver(far, setting, transmitter.lines.shiftNm);
  if (setting.read.missing.length > 0) return incomplete(setting);
  const reachM = reachLimitM(request.part, setting);
  const path = pathDevices(request.part.kind === 'free-space' ? request.part : near, setting, { symbolRateGbd: plan.symbolRateGbd, dispersionInClosure: nearFamily === 'limited', reachM });
  const devices: readonly Device[] = [...transmitter.devices, ...hostPenalty(near, setting), ...path, ...receiver.devices];
  const { light, stages } = walk(transmitter.light, devices);
  const shares = noiseShares(light, receiver.detector);
  const dead = channelsLost(near, setting);
  const wavelengths = Array.from({ length: plan.lanes }, (_, at): WavelengthReport => {
    const { eye, ber, marginDb } = judge(light, at, receiver.detector, shares);
    const alive = at < plan.lanes - dead;
    return { slot: at, marginDb, preFecBer: ber, usableRateGbps: quantity<Gbps>(alive && ber <= plan.limitBer ? plan.laneRateGbps : 0), eye };
  });
  const rings = [transmitter.ring, receiver.ring].filter((ring) => ring !== null);
  const load: EndLoad = { lanes: plan.lanes, laneRateGbps: plan.laneRateGbps, laser: transmitter.laser, rings };
  const noise = followingNoiseStage(shares, receiver.detector);
  return { plan, stages: [transmitter.origin, ...stages, noise], wavelengths, near: load, far: near === far ? load : farLoad(far, setting), ...(receiver.filters === null ? {} : { filters: receiver.filters }) };
}

/** Spares beside the active channels; 0 where the part has none. */
const spareCount = (part: Part, { read }: Setting): number => read.find(part, 'spare_channels')?.value ?? 0;

/** Channels that neither work nor have a spare; the last ones of the link, since any may fail. */
const channelsLost = (part: Part, setting: Setting): number => Math.max(0, (setting.request.failedChannels ?? 0) - spareCount(part, setting));

/** Lanes whose channel is lost carry nothing, as wavelengths do. */
const withoutLost = (lanes: readonly WavelengthReport[], part: Part, setting: Setting): readonly WavelengthReport[] => {
  const alive = lanes.length - channelsLost(part, setting);
  return lanes.map((lane, at) => (at < alive ? lane : { ...lane, usableRateGbps: quantity<Gbps>(0) }));
};

/** What the far end draws: its own transmitter answers in the other direction. */
function farLoad(far: Part, setting: Setting): EndLoad {
  const plan = signalPlan(far, setting);
  const transmitter = transmitters[startOf(familyOf(far))](far, setting);
  return { lanes: plan.lanes, laneRateGbps: plan.laneRateGbps, laser: transmitter.laser, rings: transmitter.ring === null ? [] : [transmitter.ring] };
}

/** Where noise leaves no eye the penalty stops here, far below any margin, so that reports stay finite. */
const closedEyeDb = 60;

/** The penalty of all noise that follows the signal, at the limit of the FEC, as a stage of its own. */
function followingNoiseStage(shares: NoiseShares, { signalling, limitBer }: Detector): StageReport {
  const eyeQ = requiredEyeQ({ signalling, limitBer });
  const taken = (shares.rin + shares.reflection + shares.crosstalk) * eyeQ * eyeQ;
  const penalty = signalling === 'PAM4' ? eyeSharePenalty(taken) : nrzSharePenalty(taken);
  const note = `share of the squared eye at the limit: RIN ${percent(shares.rin, eyeQ)}, reflections ${percent(shares.reflection, eyeQ)}, crosstalk ${percent(shares.crosstalk, eyeQ)}`;
  return { name: 'noise of the light', lossDb: isRefusal(penalty) ? quantity(closedEyeDb) : penalty, levelDbm: null, latencyNs: quantity(0), kind: 'estimate', note };
}

/** Beyond this share the eye is gone many times over, and digits say no more. */
const shareMax = 10;

const percent = (share: number, eyeQ: number): string => {
  const taken = share * eyeQ * eyeQ;
  return taken > shareMax ? `over ${shareMax * 100} %` : `${(taken * 100).toFixed(2)} %`;
};

/** How the lanes share fibres: one each, on stated wavelengths, or on a grid. */
function gridWords(part: Part, { read }: Setting): string {
  const listed = read.text(part, 'wavelengths') ?? read.text(part, 'fwd');
  if (listed !== null) return `lines at ${listed} nm`;
  const spacing = read.find(part, 'line_spacing');
  return spacing === null ? 'a fibre for each lane' : `lines ${spacing.value} GHz apart`;
}

/** Ends of different make meet only when they send and expect the same light. */
function endsMismatch(near: Part, far: Part, setting: Setting): Refusal | null {
  const a = signalPlan(near, setting);
  const b = signalPlan(far, setting);
  const mediumA = setting.read.text(near, 'medium');
  const mediumB = setting.read.text(far, 'medium');
  const gridA = gridWords(near, setting);
  const gridB = gridWords(far, setting);
  if (a.signalling === b.signalling && a.laneRateGbps === b.laneRateGbps && mediumA === mediumB && a.fec === b.fec && gridA === gridB) return null;
  return refuse(
    'incompatible-ends', 'never',
    `${near.id} sends ${a.signalling} at ${a.laneRateGbps} Gb/s per lane with ${a.fec} over ${mediumA ?? 'copper'}, ${gridA}; `
    + `${far.id} expects ${b.signalling} at ${b.laneRateGbps} Gb/s with ${b.fec} over ${mediumB ?? 'copper'}, ${gridB}.`,
    remedyOf(a, b),
  );
}

/** What would let two ends meet: nothing between them changes light into other light without ending the link. */
const remedyOf = (a: SignalPlan, b: SignalPlan): string =>
  (a.laneRateGbps === b.laneRateGbps
    ? 'Put the same kind of optics at both ends, or end the link at a switch or retimer between them.'
    : `Lanes of ${a.laneRateGbps} and ${b.laneRateGbps} Gb/s only meet through a gearbox that ends both links; choose optics of one lane rate, e.g. a module of ${b.laneRateGbps} Gb/s lanes.`);

/** Unretimed ends carry what the host's electrical channel left of the eye into the light. */
function hostPenalty(part: Part, setting: Setting): readonly Device[] {
  const { read, obstacles } = setting;
  const ends = read.find(part, 'unretimed_ends');
  if (ends === null) return [];
  const loss = read.need(part, 'electrical_loss');
  const lossMax = read.need(part, 'electrical_loss_max');
  const slope = read.need(part, 'electrical_penalty');
  if (loss.value > lossMax.value) obstacles.push(refuse('host-channel-too-lossy', 'never', `The host's electrical channel of ${loss.value} dB exceeds the ${lossMax.value} dB that a link without DSP can carry.`));
  const note = `${ends.value} unretimed ends, ${loss.value} dB of host channel each, ${slope.value} dB per dB`;
  return [closureDevice({ name: 'host channel', kind: slope.kind, note }, ends.value * loss.value * slope.value)];
}

/** The farthest that the part's sources promise; infinite where they promise nothing. */
export function reachLimitM(part: Part, { read }: Pick<Setting, 'read'>): number {
  const reach = part.params['reach'];
  if (reach === undefined) return Infinity;
  const scale = reach.unit.startsWith('km') ? 1000 : 1;
  const value = read.find(part, 'reach')?.value ?? Infinity;
  const high = reach.isRange === true && Array.isArray(reach.value) ? reach.value[1] : value;
  return (typeof high === 'number' ? high : value) * scale;
}

/** Passes through electronics of the ends: per end, or for the whole link, as the part's kind quotes it. */
const wholeLinkLatencyKinds: ReadonlySet<string> = new Set(['optical-io', 'optical-io-spec', 'vcsel-array', 'microled']);

function endStages(near: Part, far: Part, setting: Setting): readonly StageReport[] {
  if (near.kind === 'copper' || near.kind === 'coherent') return [];
  return [near, far].map((end, at): StageReport => {
    const latency = setting.read.need(end, 'latency');
    const ofOneEnd = wholeLinkLatencyKinds.has(end.kind) ? latency.value / 2 : latency.value;
    const name = at === 0 ? 'transmitting electronics' : 'receiving electronics';
    return { name, lossDb: quantity(0), levelDbm: null, latencyNs: quantity(ofOneEnd), kind: latency.kind, note: `${ofOneEnd} ns in ${end.id}` };
  });
}

/** The FEC of the host around the light; coherent modules terminate their own and count it in their latency. */
const hostFec = (part: Part, plan: SignalPlan, { read }: Setting): FecScheme => {
  const stated = read.text(part, 'host_fec');
  return stated !== null && isFecScheme(stated) ? stated : plan.fec;
};

function sparesOf(part: Part, plan: SignalPlan, setting: Setting): Pick<LinkReport, 'spares'> {
  const spare = spareCount(part, setting);
  const failed = setting.request.failedChannels ?? 0;
  return spare === 0 && failed === 0 ? {} : { spares: { active: plan.lanes, spare, failed } };
}

function compose(request: LinkRequest, physics: Physics, setting: Setting, part: Part): LinkReport {
  const { plan, wavelengths } = physics;
  const portRate = quantity<Gbps>(plan.lanes * plan.laneRateGbps);
  const fec = hostFec(part, plan, setting);
  const worst = wavelengths.reduce((before, next) => (next.marginDb < before.marginDb ? next : before));
  const preFecBer = wavelengths.reduce((highest, { preFecBer: ber }) => Math.max(highest, ber), 0);
  const inModule = fec === plan.fec ? '' : ` in the module, ${fec} at the host`;
  const fecNote = `${plan.fec}${inModule}, limit ${plan.limitBer}; 802.3dj latency assumptions at ${portRate} Gb/s`;
  const fecStage: StageReport = { name: 'FEC', lossDb: quantity(0), levelDbm: null, latencyNs: fecLatencyNs(fec, portRate), kind: 'estimate', note: fecNote };
  const nearPart = opticalEnd(request.part, setting);
  const farPart = opticalEnd(request.farPart ?? request.part, setting);
  const stages = [...physics.stages, ...endStages(nearPart, farPart, setting), fecStage];
  const near = endEnergy(nearPart, physics.near, setting);
  const far = nearPart === farPart ? near : endEnergy(farPart, physics.far, setting);
  const nearHost = hostEnergy(nearPart, setting);
  const farHost = hostEnergy(farPart, setting);
  const energy = meanShares([...near.shares, nearHost.share], [...far.shares, farHost.share]);
  const hostLosses = [...new Set([nearHost.lossDb, farHost.lossDb])].join(' and ');
  const circuitPart = request.circuit?.switchPart ?? (request.part.kind === 'awgr' ? request.part : null);
  const circuit = circuitPart === null ? null : circuitTiming(circuitPart, setting.read);
  const base: Omit<LinkReport, 'refusal'> = {
    partId: request.part.id, lengthM: quantity(request.lengthM), connectors: request.connectors, caseTemperatureC: setting.caseC, stages, wavelengths,
    marginDb: worst.marginDb, preFecBer, frameLossRatio: frameLossOf(plan.fec, preFecBer),
    usableRateGbps: quantity(wavelengths.reduce((sum, { usableRateGbps }) => sum + usableRateGbps, 0)),
    latencyNs: quantity(stages.reduce((sum, { latencyNs }) => sum + latencyNs, 0)), energy, pjPerBit: totalEnergy(energy),
    energyBoundary: `${[...new Set([near.boundary, far.boundary])].join('; ')}; host SerDes of both ends added (${hostLosses} dB of electrical path)`, powerPerEndW: near.powerW,
    ...sparesOf(nearPart, plan, setting), ...(physics.filters === undefined ? {} : { filters: physics.filters }), circuit, weakestKind: setting.read.weakest(),
  };
  return { ...base, refusal: whyNot(base, { limitBer: plan.limitBer, reachM: reachLimitM(request.part, setting) }, setting) };
}
