import { describe, expect, it } from 'vitest';
import { registrationChain } from '../fixtures/figures.ts';
import { graphOf, structureOf } from './graph.ts';

const kinds = (view: 'causal' | 'temporal') => graphOf(registrationChain(view)).nodes.map((node) => node.id);

describe('the graph of a chain', () => {
  it('forks where branches run in parallel and joins where both are awaited', () => {
    const graph = graphOf(registrationChain());
    expect(kinds('causal')).toEqual(
      expect.arrayContaining([
        'fork:Registration requested',
        'join:Customer registered',
        'join:Registration rejected',
      ]),
    );
    const through = graph.edges
      .filter((edge) => edge.from === 'fork:Registration requested')
      .map((edge) => edge.to);
    expect(through.sort()).toEqual(['a:Address checked', 'a:Credit checked']);
  });

  it('draws the same steps one after the other where only the clock is asked', () => {
    expect(kinds('temporal').filter((id) => /^(fork|join):/.test(id))).toEqual([]);
  });

  it('does not join where a step follows one of several alternatives', () => {
    const chain = registrationChain();
    const transitions = chain.transitions.map((one) =>
      one.to === 'Customer registered' ? { ...one, count: Math.floor(one.count / 2) } : one,
    );
    const nodes = graphOf({ ...chain, transitions }).nodes.map((node) => node.id);
    expect(nodes).not.toContain('join:Customer registered');
  });

  it('keeps its structure while only figures change', () => {
    const chain = registrationChain();
    const later = {
      ...chain,
      activities: chain.activities.map((one) => ({ ...one, count: one.count + 1 })).reverse(),
      transitions: chain.transitions.map((one) => ({ ...one, count: one.count + 1 })).reverse(),
    };
    expect(structureOf(graphOf(later))).toBe(structureOf(graphOf(chain)));
    expect(structureOf(graphOf({ ...chain, transitions: chain.transitions.slice(1) }))).not.toBe(
      structureOf(graphOf(chain)),
    );
  });

  it('has a start and an end even where there are many of them', () => {
    const graph = graphOf(registrationChain());
    expect(graph.nodes[0]?.id).toBe('start');
    expect(graph.nodes.at(-1)?.id).toBe('end');
  });
});
