/** Gives issues that are found in a design later, such as by the fabric, their places in the spec that the design came from. */

import type { Issue } from '../../base/issue.ts';
import { formatIssue } from '../../base/issue.ts';
import { describeNode, formatPath, nearestNode, nodeAt } from './source-tree.ts';
import type { DocumentPath } from './source-tree.ts';
import type { ClusterSpec, SpecOrigin, StudySpec } from './spec.ts';

/** Names of a design that a spec calls otherwise. */
const specNames: Readonly<Record<string, string>> = {
  family: 'fabric', rateGbpsPerGpu: 'rate', lanesPerGpu: 'lanes', portRateGbps: 'portRate', wavelengthsPerLink: 'lanes', nominalRateGbps: 'rate', cablePart: 'cable',
};

/** A design's names carry their unit; a spec's values do. */
const unitSuffix = /(?:Gbps|Ns|Usd|M|W|H|C)$/;

/** `media.access[0].near` as steps. */
function pathSteps(path: string): DocumentPath {
  return [...path.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map((match) => (match[1] === undefined ? (match[2] ?? '') : Number(match[1])));
}

function specPath(steps: DocumentPath): DocumentPath {
  return steps.map((step) => (typeof step === 'number' ? step : (specNames[step] ?? step.replace(unitSuffix, ''))));
}

function placed(origin: SpecOrigin, path: DocumentPath, issue: Issue): Issue {
  const here = nodeAt(origin.tree, path);
  const value = issue.value ?? (here === null ? undefined : describeNode(here));
  return { ...issue, ...nearestNode(origin.tree, path).place, path: formatPath([...origin.prefix, ...path]), ...(value === undefined ? {} : { value }) };
}

/** Where in a study an issue of one choice's design stands: in the choice where that says it, else in the cluster. */
function studyPlace(study: StudySpec, steps: DocumentPath): { readonly origin: SpecOrigin; readonly path: DocumentPath } {
  const [word, row, ...rest] = steps;
  if (word !== 'choices' || typeof row !== 'number') return { origin: study.cluster.origin, path: specPath(steps) };
  const inChoice: DocumentPath = ['choices', row, ...specPath(rest)];
  const stated = nodeAt(study.origin.tree, inChoice.slice(0, rest[0] === 'media' ? 4 : 3)) !== null;
  return stated ? { origin: study.origin, path: inChoice } : { origin: study.cluster.origin, path: specPath(rest) };
}

/** Issues whose paths name values of the design, with file, line, column and the spec's own path; equal ones are told once. */
export function placeDesignIssues(spec: ClusterSpec | StudySpec, issues: readonly Issue[]): readonly Issue[] {
  const seen = new Set<string>();
  return issues
    .map((issue) => {
      const steps = pathSteps(issue.path ?? '');
      const { origin, path } = spec.kind === 'Study' ? studyPlace(spec, steps) : { origin: spec.origin, path: specPath(steps) };
      return placed(origin, path, issue);
    })
    .filter((issue) => {
      const text = formatIssue(issue);
      if (seen.has(text)) return false;
      seen.add(text);
      return true;
    });
}
