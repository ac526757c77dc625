import { Graph, layout } from '@dagrejs/dagre';
import { curveBasis, line } from 'd3';
import type { Layout, LayoutRequest, Placed, Point, RoutedEdge } from './shape.ts';

/** The plainer engine for when the first one fails or takes too long. Self-loops are drawn here: dagre's are wrong. */
export function layoutWithDagre(request: LayoutRequest): Layout {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({
    rankdir: request.direction === 'right' ? 'LR' : 'TB',
    nodesep: 32,
    ranksep: 32,
    marginx: 8,
    marginy: 24,
  });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of request.nodes) graph.setNode(node.id, { width: node.width, height: node.height });
  const between = request.edges.filter((edge) => edge.from !== edge.to);
  for (const edge of between) {
    const label = edge.label ? { ...edge.label, labelpos: 'c' } : {};
    graph.setEdge(edge.from, edge.to, { weight: edge.weight, ...label }, edge.id);
  }
  layout(graph);
  const nodes: Record<string, Placed> = {};
  for (const node of request.nodes) {
    const { x = 0, y = 0 } = graph.node(node.id) as Partial<Placed>;
    nodes[node.id] = { x, y, width: node.width, height: node.height };
  }
  const edges: Record<string, RoutedEdge> = {};
  for (const edge of between) {
    const routed = graph.edge(edge.from, edge.to, edge.id) as { points?: Point[] } & Partial<Point>;
    const label =
      routed.x !== undefined && routed.y !== undefined ? { label: { x: routed.x, y: routed.y } } : {};
    edges[edge.id] = { ...throughPoints(routed.points ?? []), ...label };
  }
  for (const edge of request.edges) {
    const node = nodes[edge.from];
    if (edge.from === edge.to && node) edges[edge.id] = loopAt(node);
  }
  const size = graph.graph() as { width?: number; height?: number };
  return { width: (size.width ?? 0) + 40, height: size.height ?? 0, nodes, edges };
}

function throughPoints(points: readonly Point[]): RoutedEdge {
  const tip = points.at(-1) ?? { x: 0, y: 0 };
  const before = points.at(-2) ?? tip;
  const length = Math.hypot(tip.x - before.x, tip.y - before.y) || 1;
  const start = {
    x: tip.x - (9 * (tip.x - before.x)) / length,
    y: tip.y - (9 * (tip.y - before.y)) / length,
  };
  const curve = line<Point>(
    (one) => one.x,
    (one) => one.y,
  ).curve(curveBasis);
  return { path: curve.digits(1)([...points.slice(0, -1), start]) ?? '', arrow: [start, tip] };
}

function loopAt(node: Placed): RoutedEdge {
  const top = node.y - node.height / 2;
  const [left, right] = [node.x - 20, node.x + 20];
  return {
    path: `M${left},${top}C${left},${top - 34} ${right},${top - 34} ${right},${top - 9}`,
    arrow: [
      { x: right, y: top - 9 },
      { x: right, y: top },
    ],
    label: { x: node.x, y: top - 30 },
  };
}
