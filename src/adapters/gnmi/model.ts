/** What a gNMI server serves: targets with entities, their troubles, and a store that takes changes. The application provides it. */

import type { Entity, Leaf } from './leaf.ts';
import type { Elem, FullPath } from './path.ts';
import type { GnmiStatus } from './status.ts';
import { invalid, notFound } from './status.ts';

export interface ServedModel {
  readonly name: string;
  readonly organization: string;
  readonly version: string;
  /** True for the leaves that the module defines; a module of types defines none. */
  holds(leaf: Leaf): boolean;
}

/** What ails a target. */
export interface TargetTrouble {
  /** Nothing is answered. */
  readonly dead: boolean;
  readonly slowMs: number;
}

export interface SetOperation {
  readonly op: 'delete' | 'replace' | 'update';
  readonly origin: FullPath['origin'];
  readonly elems: readonly Elem[];
  /** Parsed JSON; absent for a delete. */
  readonly value?: unknown;
}

export interface GnmiModel {
  readonly targets: readonly string[];
  readonly models: readonly ServedModel[];
  readonly entities: readonly Entity[];
  /** Nanoseconds since 1970. */
  now(): bigint;
  trouble(target: string): TargetTrouble;
  /** Calls back after values may have changed; returns how to stop that. */
  onAdvance(listener: () => void): () => void;
  /** All operations in order or none of them. */
  change(target: string, operations: readonly SetOperation[]): GnmiStatus | null;
  /** The configuration of a target as an opaque value that `restore` puts back. */
  snapshot(target: string): unknown;
  restore(target: string, snapshot: unknown): void;
}

/** How the entities of a path are told apart: all targets as one device, one target, or each target by itself. */
export interface Scope {
  readonly entities: readonly Entity[];
  readonly isEach: boolean;
}

/** Entities that a path can lead to. Cross-connect tables are alike on all switches, so they need their target named. */
export function scopeOf(model: GnmiModel, { target, origin, elems }: FullPath): Scope | GnmiStatus {
  if (target !== '' && target !== '*' && !model.targets.includes(target)) return notFound(`There is no target ${target} here; leave the target out, use *, or name one of the ${model.targets.length} devices.`);
  const entities = model.entities.filter((entity) => entity.origin === origin && (target === '' || target === '*' || entity.target === target));
  if (origin === 'sonic-db' && target === '' && new Set(entities.map((entity) => entity.target)).size > 1) {
    return invalid(`Several circuit switches have the table /${elems.map(({ name }) => name).join('/')}; name one in prefix.target, e.g. ${entities[0]?.target ?? ''}, or * for each.`);
  }
  return { entities, isEach: target === '*' };
}
