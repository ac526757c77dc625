import type { MapGraph } from '../model/graph.ts';

/**
 * What belongs to one node or edge of the map: itself, its edges, and what they lead to. Gateways are passed through, as
 * they stand for no step of their own. Null where nothing is pointed at, or what is pointed at is not drawn.
 */
export function neighbourhood(graph: MapGraph, id: string | null): ReadonlySet<string> | null {
  if (id === null) return null;
  const near = new Set<string>();
  const isGateway = (node: string) => node.startsWith('fork:') || node.startsWith('join:');
  const walk = (node: string, onward: boolean) => {
    for (const edge of graph.edges) {
      if ((onward ? edge.from : edge.to) !== node || near.has(edge.id)) continue;
      const next = onward ? edge.to : edge.from;
      near.add(edge.id).add(next);
      if (isGateway(next)) walk(next, onward);
    }
  };
  const edge = graph.edges.find((one) => one.id === id);
  if (edge) {
    near.add(edge.id).add(edge.from).add(edge.to);
    for (const [node, onward] of [
      [edge.from, false],
      [edge.to, true],
    ] as const) {
      if (!isGateway(node)) continue;
      for (const other of graph.edges) {
        if (other.kind === 'gateway' && (onward ? other.from : other.to) === node)
          near.add(other.id).add(onward ? other.to : other.from);
      }
    }
    return near;
  }
  if (!graph.nodes.some((node) => node.id === id)) return null;
  near.add(id);
  walk(id, true);
  walk(id, false);
  return near;
}
