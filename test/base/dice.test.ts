/** Dice are reproducible, fork independently of order, and have the moments their names promise. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../src/base/dice.ts';

const draws = 100_000;

test('the same seed gives the same numbers and another seed gives others', () => {
  const first = createDice(7);
  const second = createDice(7);
  const other = createDice(8);
  const same = Array.from({ length: 100 }, () => first.uniform() === second.uniform());
  assert.ok(same.every(Boolean));
  assert.notEqual(createDice(7).uniform(), other.uniform());
});

test('a fork depends on its name, not on when it is made', () => {
  const early = createDice(1).fork('laser');
  const parent = createDice(1);
  for (let spent = 0; spent < 10; spent++) parent.uniform();
  assert.equal(parent.fork('laser').uniform(), early.uniform());
  assert.notEqual(createDice(1).fork('laser').uniform(), createDice(1).fork('ring').uniform());
});

test('uniform, normal and exponential deviates have their textbook moments', () => {
  const dice = createDice(11);
  const meanOf = (draw: () => number): number => Array.from({ length: draws }, draw).reduce((sum, value) => sum + value, 0) / draws;
  // Standard errors at 1e5 draws: 0.0009 (uniform), 0.0032 (normal, exponential), 0.0045 (normal squared); the limits are five of them.
  assert.ok(Math.abs(meanOf(() => dice.uniform()) - 0.5) < 0.0046);
  assert.ok(Math.abs(meanOf(() => dice.normal())) < 0.016);
  assert.ok(Math.abs(meanOf(() => dice.normal() ** 2) - 1) < 0.023);
  assert.ok(Math.abs(meanOf(() => dice.exponential()) - 1) < 0.016);
});

test('a shuffle keeps every item and reaches every order of three', () => {
  const dice = createDice(3);
  const orders = new Set<string>();
  for (let turn = 0; turn < 200; turn++) {
    const items = Int32Array.of(0, 1, 2);
    dice.shuffle(items);
    orders.add(items.join());
    assert.equal(items.reduce((sum, item) => sum + item, 0), 3);
  }
  assert.equal(orders.size, 6);
});
