/** From media as a spec names them to media as the fabric installs them: packaging, sharing and light from the catalogue. */

import type { Issue } from '../../base/issue.ts';
import type { ExternalSourceDesign, MediumDesign, TerminalDesign, TierMedia } from '../../fabric/design.ts';
import type { Catalogue } from '../../optics/catalogue/catalogue.ts';
import { figureOf, textOf } from '../../optics/catalogue/catalogue.ts';
import { isLinkPart } from '../../optics/link/evaluate-link.ts';
import type { Part } from '../../optics/part.ts';
import type { DerivationNotes } from './derivations.ts';
import type { MediaDocument, MediumDocument, TerminalDocument } from './media-shape.ts';
import { suggestion } from './suggestion.ts';
import type { Checked } from './shape-issues.ts';
import { issueAt } from './shape-issues.ts';
import type { DocumentPath, SourceNode } from './source-tree.ts';
import { formatPath, nodeAt } from './source-tree.ts';

const tierNames = ['access', 'fabric', 'core', 'dci'] as const;
export type TierName = (typeof tierNames)[number];

/** Rate of one link of each tier, Gb/s. */
export type TierRates = Readonly<Record<TierName, number>>;

const engineKinds: ReadonlySet<string> = new Set(['cpo', 'npo', 'optical-io', 'optical-io-spec', 'vcsel-array']);

/** Ports of one engine where the catalogue states none: a 6.4 Tb/s engine of eight 800G ports, as `bcm-bailly` has. */
const portsPerEngine = 8;
/** Lasers of one source module where the catalogue states none. */
const lasersPerSourceModule = 8;

function packagingOf(part: Part): TerminalDesign['packaging'] {
  if (part.kind === 'copper') return 'cableEnd';
  return engineKinds.has(part.kind) ? 'engine' : 'pluggable';
}

/** Mated connectors of a fibre link whose spec states none: a patch panel at each end. */
const fibreConnectors = 2;

interface PartLanes {
  readonly lanes: number;
  readonly laneRateGbps: number;
}

/** Lanes of the part (of one port, for an engine) and the rate of each, or null where the catalogue does not say. */
function lanesOf(part: Part): PartLanes | null {
  const lanes = figureOf(part, 'lanes');
  const laneRate = figureOf(part, 'lane_rate');
  return lanes === null || laneRate === null ? null : { lanes: Math.round(lanes.value), laneRateGbps: laneRate.value };
}

/** Everything the mapping of one tier needs besides the document. */
export interface MediaContext {
  readonly catalogue: Catalogue;
  readonly rates: TierRates;
  readonly notes: DerivationNotes;
  /** The document that holds the media map, and the path of the map inside it. */
  readonly checked: Pick<Checked, 'tree' | 'prefix'>;
  readonly base: DocumentPath;
  /** Where problems of media that exist but do not fit are put. */
  readonly issues: Issue[];
}

interface LinkShape {
  readonly lanes: number;
  readonly rateGbps: number;
}

function linksPerModule(part: Part, packaging: TerminalDesign['packaging'], link: LinkShape): number {
  if (packaging === 'cableEnd') return 1;
  const port = lanesOf(part);
  const portRate = port === null ? link.rateGbps : port.lanes * port.laneRateGbps;
  const capacityTbps = figureOf(part, 'capacity');
  const engines = figureOf(part, 'engines');
  const engineRate = capacityTbps !== null && engines !== null ? (capacityTbps.value * 1000) / engines.value : portRate * portsPerEngine;
  return Math.max(1, Math.floor((packaging === 'engine' ? engineRate : portRate) / link.rateGbps));
}

const isComb = (catalogue: Catalogue, source: string | null): boolean => source !== null && catalogue.find(source)?.kind === 'comb-laser';

/** A comb lights one port of its part; any other laser inside a module lights one lane. */
function lasersInside(context: MediaContext, part: Part, links: number, link: LinkShape): number {
  if (part.kind === 'copper') return 0;
  const lanes = links * link.lanes;
  return isComb(context.catalogue, textOf(part, 'laser_source')) ? Math.ceil(lanes / (lanesOf(part)?.lanes ?? lanes)) : lanes;
}

type ExternalSourceDocument = NonNullable<Exclude<TerminalDocument, string>['externalSource']>;

function externalSource(context: MediaContext, part: Part, link: LinkShape, written: ExternalSourceDocument): ExternalSourceDesign {
  const id = written.part ?? textOf(part, 'laser_source') ?? 'els-elsfp';
  const source = context.catalogue.find(id);
  const comb = isComb(context.catalogue, id);
  const lasers = written.lasersPerSource ?? Math.round((source === undefined ? null : figureOf(source, 'lasers'))?.value ?? (comb ? 1 : lasersPerSourceModule));
  const lanesPerLaser = comb ? (lanesOf(part)?.lanes ?? link.lanes) : (figureOf(part, 'lanes_per_laser')?.value ?? 1);
  return { part: id, lasersPerSource: lasers, linksPerSource: written.linksPerSource ?? Math.max(1, Math.floor((lasers * lanesPerLaser) / link.lanes)) };
}

function terminal(context: MediaContext, path: DocumentPath, document: TerminalDocument, link: LinkShape): TerminalDesign {
  const written: Exclude<TerminalDocument, string> = typeof document === 'string' ? { part: document } : document;
  const part = context.catalogue.find(written.part);
  if (part === undefined) throw new Error(`part ${written.part} passed the check but is not in the catalogue`);
  const packaging = written.packaging ?? packagingOf(part);
  const links = written.linksPerModule ?? linksPerModule(part, packaging, link);
  const external = written.externalSource ?? (textOf(part, 'laser_placement') === 'external' ? {} : null);
  const source = external === null ? null : externalSource(context, part, link, external);
  const lasers = written.lasersPerModule ?? (source === null ? lasersInside(context, part, links, link) : 0);
  const at = formatPath([...context.base, ...path]);
  if (written.packaging === undefined) context.notes.derived(`${at}.packaging`, packaging, `${part.id} is of kind ${part.kind}`);
  if (written.linksPerModule === undefined) context.notes.derived(`${at}.linksPerModule`, links, `capacity of ${part.id} over ${link.rateGbps} Gb/s for each link`);
  if (written.lasersPerModule === undefined) context.notes.derived(`${at}.lasersPerModule`, lasers, source === null ? `${links} x ${link.lanes} lanes to light` : `its light comes from ${source.part}`);
  if (source !== null) {
    if (external?.part === undefined) context.notes.preset(`${at}.externalSource.part`, source.part, `catalogue part ${part.id}, laser_source`);
    if (external?.lasersPerSource === undefined) context.notes.preset(`${at}.externalSource.lasersPerSource`, source.lasersPerSource, `catalogue part ${source.part}`);
    const rule = `${source.lasersPerSource} lasers and the lanes each lights, over ${link.lanes} lanes for each link`;
    if (external?.linksPerSource === undefined) context.notes.derived(`${at}.externalSource.linksPerSource`, source.linksPerSource, rule);
  }
  return { part: part.id, packaging, linksPerModule: links, lasersPerModule: lasers, externalSource: source };
}

const partIdOf = (document: TerminalDocument): string => (typeof document === 'string' ? document : document.part);

function medium(context: MediaContext, tier: TierName, path: DocumentPath, document: MediumDocument): MediumDesign {
  const written: Exclude<MediumDocument, string> = typeof document === 'string' ? { near: document } : document;
  const far = written.far ?? written.near;
  const nearId = partIdOf(written.near);
  const farId = partIdOf(far);
  const near = context.catalogue.find(nearId);
  const rateGbps = written.rate ?? context.rates[tier];
  const laneRate = near === undefined ? null : lanesOf(near)?.laneRateGbps ?? null;
  const lanes = written.lanes ?? Math.max(1, Math.ceil(rateGbps / (laneRate ?? rateGbps) - 1e-9));
  const cablePart = written.cable ?? (near?.kind === 'copper' ? nearId : (near === undefined ? null : textOf(near, 'medium')) ?? 'smf-g652');
  const at = formatPath([...context.base, ...path]);
  if (written.lanes === undefined) context.notes.derived(`${at}.lanes`, lanes, `${rateGbps} Gb/s over ${laneRate ?? rateGbps} Gb/s for each lane of ${nearId}`);
  if (written.rate === undefined) context.notes.derived(`${at}.rate`, `${rateGbps} Gb/s`, tier === 'access' ? 'rate of one accelerator' : 'switch.portRate');
  if (written.cable === undefined) context.notes.preset(`${at}.cable`, cablePart, `catalogue part ${nearId}`);
  const connectors = written.connectors ?? (near?.kind === 'copper' ? 0 : fibreConnectors);
  if (written.connectors === undefined) context.notes.derived(`${at}.connectors`, connectors, near?.kind === 'copper' ? 'a copper cable is plugged in directly' : 'a patch panel at each end');
  const link: LinkShape = { lanes, rateGbps };
  checkLanes(context, path, near, link);
  return {
    name: written.name ?? (nearId === farId ? nearId : `${nearId} / ${farId}`),
    near: terminal(context, [...path, 'near'], written.near, link),
    far: terminal(context, [...path, written.far === undefined ? 'near' : 'far'], far, link),
    cablePart, connectors, wavelengthsPerLink: lanes, nominalRateGbps: rateGbps,
  };
}

/** Issues where the part has fewer lanes than the link takes, or the lanes stated are too slow for its rate. */
function checkLanes(context: MediaContext, path: DocumentPath, part: Part | undefined, link: LinkShape): void {
  const own = part === undefined ? null : lanesOf(part);
  if (part === undefined || own === null) return;
  const { lanes, rateGbps } = link;
  const complain = (code: string, message: string, remedy: string): void => void context.issues.push(issueAt(context.checked, [...context.base, ...path], { code, message, remedy }));
  if (lanes > own.lanes) {
    complain('too-few-lanes', `A link of ${rateGbps} Gb/s takes ${lanes} lanes and ${part.id} has ${own.lanes} of ${own.laneRateGbps} Gb/s`, 'Choose a faster part, or state the `rate` of the link');
  } else if (lanes * own.laneRateGbps < rateGbps * laneRateTolerance) {
    complain('lanes-too-slow', `${lanes} lanes of ${own.laneRateGbps} Gb/s do not carry ${rateGbps} Gb/s`, `Use ${Math.ceil(rateGbps / own.laneRateGbps)} lanes, or state a lower \`rate\``);
  }
}

/** Lane rates are stated as payload or as line rate, which differ by the code's overhead. */
const laneRateTolerance = 0.93;

interface DefaultMedium {
  readonly upToGbps: number;
  readonly medium: MediumDocument;
}

const switchMedia: readonly DefaultMedium[] = [{ upToGbps: 800, medium: 'dr8-800g' }, { upToGbps: Infinity, medium: 'dr8-1600g' }];

/** Media of a tier that a spec leaves open, by the rate of its links. */
const defaultMedia: Readonly<Record<TierName, readonly DefaultMedium[]>> = {
  access: [{ upToGbps: 400, medium: { near: 'dr4-400g', far: 'dr8-800g' } }, ...switchMedia],
  fabric: switchMedia,
  core: switchMedia,
  dci: [{ upToGbps: 400, medium: 'zr-400' }, { upToGbps: Infinity, medium: 'zr-800' }],
};

function defaultTier(context: MediaContext, tier: TierName): readonly MediumDocument[] {
  const rate = context.rates[tier];
  const found = defaultMedia[tier].find(({ upToGbps }) => rate <= upToGbps)?.medium;
  if (found === undefined) throw new Error(`no default medium for ${rate} Gb/s`);
  const at = formatPath([...context.base, tier, 0]);
  const rule = `the default for links of ${rate} Gb/s`;
  if (typeof found === 'string') context.notes.derived(at, found, rule);
  else {
    context.notes.derived(`${at}.near`, partIdOf(found.near), rule);
    context.notes.derived(`${at}.far`, partIdOf(found.far ?? found.near), rule);
  }
  return [found];
}

/** Maps one tier; the parts it names must have passed `checkMediaParts`. */
export function tierMedia(context: MediaContext, tier: TierName, documents: readonly MediumDocument[]): readonly MediumDesign[] {
  return documents.map((document, index) => medium(context, tier, [tier, index], document));
}

/**
 * The media of a tier, or the default for its rate. A rate beyond every default part is an issue only where a cluster has
 * such links, so the lanes of defaults in tiers that may stay empty (core and between sites) are not checked.
 */
function tierOr(context: MediaContext, tier: TierName, documents: readonly MediumDocument[] | undefined): readonly MediumDesign[] {
  if (documents !== undefined) return tierMedia(context, tier, documents);
  const unchecked = tier === 'core' || tier === 'dci';
  return tierMedia(unchecked ? { ...context, issues: [] } : context, tier, defaultTier(context, tier));
}

export function mediaDesign(context: MediaContext, documents: MediaDocument): TierMedia {
  return {
    access: tierOr(context, 'access', documents.access),
    fabric: tierOr(context, 'fabric', documents.fabric),
    core: tierOr(context, 'core', documents.core),
    dci: tierOr(context, 'dci', documents.dci),
  };
}

/** What a part is named for: one end of a link, the cable between, or the light of an engine. */
type PartRole = 'end' | 'cable' | 'source';

const roleWords: Readonly<Record<PartRole, string>> = { end: 'the end of a link', cable: 'a cable', source: 'a laser source' };

function playsRole(part: Part, role: PartRole): boolean {
  if (role === 'end') return isLinkPart(part);
  return role === 'cable' ? part.kind === 'fibre' || part.kind === 'copper' : part.kind === 'laser-source' || part.kind === 'comb-laser' || part.kind === 'laser';
}

const roleOf = (path: DocumentPath): PartRole => (path.at(-1) === 'cable' ? 'cable' : path.includes('externalSource') ? 'source' : 'end');

/** Every path below a media map at which a part id stands, whatever else is wrong with the map. */
function partPaths(tree: SourceNode, base: DocumentPath): readonly DocumentPath[] {
  const paths: DocumentPath[] = [];
  for (const tier of tierNames) {
    const list = nodeAt(tree, [...base, tier]);
    if (list?.kind !== 'list') continue;
    list.items.forEach((item, index) => {
      const at: DocumentPath = [...base, tier, index];
      if (item.kind === 'scalar') paths.push(at);
      paths.push([...at, 'cable']);
      for (const end of ['near', 'far']) paths.push([...at, end], [...at, end, 'part'], [...at, end, 'externalSource', 'part']);
    });
  }
  return paths.filter((path) => nodeAt(tree, path)?.kind === 'scalar');
}

/** Issues `unknown-part` and `wrong-part` for every part id below a media map that the catalogue does not hold, or not for that use. */
export function checkMediaParts(checked: Pick<Checked, 'tree' | 'prefix'>, base: DocumentPath, catalogue: Catalogue): readonly Issue[] {
  const { tree } = checked;
  return partPaths(tree, base).flatMap((path) => {
    const node = nodeAt(tree, path);
    if (node?.kind !== 'scalar' || typeof node.value !== 'string') return [];
    const role = roleOf(path);
    const part = catalogue.find(node.value);
    if (part !== undefined && playsRole(part, role)) return [];
    if (part === undefined) {
      const fitting = catalogue.parts.filter((candidate) => playsRole(candidate, role)).map((candidate) => candidate.id);
      const remedy = suggestion(node.value, fitting, 'List the catalogue with `heliostat parts`');
      return [issueAt(checked, path, { code: 'unknown-part', message: 'No part of the catalogue has this id', remedy })];
    }
    const message = `This part is of kind ${part.kind} and cannot be ${roleWords[role]}`;
    return [issueAt(checked, path, { code: 'wrong-part', message, remedy: 'Choose another from `heliostat parts`' })];
  });
}
