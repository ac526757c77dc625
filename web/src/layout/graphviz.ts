import { type Labelled, placeLabels } from './place-labels.ts';
import type { Layout, LayoutRequest, Placed, Point, RoutedEdge } from './shape.ts';

/** The request in the DOT language. Node and edge names are numbers, so that no name needs quoting rules. */
export function dotOf(request: LayoutRequest): string {
  const numbers = new Map(request.nodes.map((node, at) => [node.id, at]));
  const right = request.direction === 'right';
  const inches = (pixels: number) => (pixels / 72).toFixed(4);
  const lines = [
    'digraph {',
    `graph [rankdir=${right ? 'LR' : 'TB'}, nodesep=${right ? 0.2 : 0.32}, ranksep=${right ? 0.45 : 0.4}, splines=true, ` +
      'nslimit=2, nslimit1=2, outputorder=nodesfirst];',
    'node [shape=box, fixedsize=true, label=""]; edge [arrowsize=0.9];',
  ];
  for (const [at, node] of request.nodes.entries()) {
    lines.push(`n${at} [width=${inches(node.width)}, height=${inches(node.height)}];`);
  }
  for (const [at, edge] of request.edges.entries()) {
    const label = edge.label
      ? `, label=<<TABLE BORDER="0" CELLPADDING="0" CELLSPACING="0" FIXEDSIZE="TRUE" WIDTH="${edge.label.width}" ` +
        `HEIGHT="${edge.label.height}"><TR><TD></TD></TR></TABLE>>`
      : '';
    lines.push(
      `n${numbers.get(edge.from)} -> n${numbers.get(edge.to)} [id=e${at}, weight=${edge.weight}${label}];`,
    );
  }
  return [...lines, '}'].join('\n');
}

type Drawn = {
  readonly bb: string;
  readonly objects?: readonly { readonly name: string; readonly pos: string }[];
  readonly edges?: readonly { readonly id: string; readonly pos?: string; readonly lp?: string }[];
};

/** Reads Graphviz' `json` answer back to pixels with the origin at the top left. */
export function layoutOfJson(json: string, request: LayoutRequest): Layout {
  const drawn = JSON.parse(json) as Drawn;
  const [, , width = 0, height = 0] = drawn.bb.split(',').map(Number);
  const point = (text: string): Point => {
    const [x = 0, y = 0] = text.split(',').map(Number);
    return { x, y: height - y };
  };
  const nodes: Record<string, Placed> = {};
  for (const object of drawn.objects ?? []) {
    const node = request.nodes[Number(object.name.slice(1))];
    if (node) nodes[node.id] = { ...point(object.pos), width: node.width, height: node.height };
  }
  const edges: Record<string, RoutedEdge> = {};
  const labels: Labelled[] = [];
  for (const one of [...(drawn.edges ?? [])].sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)))) {
    const edge = request.edges[Number(one.id.slice(1))];
    if (!edge || one.pos === undefined) continue;
    const { curve, ...route } = routeOf(one.pos, point);
    edges[edge.id] = route;
    if (one.lp) labels.push({ id: edge.id, curve, near: point(one.lp) });
  }
  const sizes = new Map(
    request.edges.flatMap((edge) => (edge.label ? [[edge.id, edge.label] as const] : [])),
  );
  for (const [id, label] of placeLabels(labels, Object.values(nodes), sizes)) {
    const routed = edges[id];
    if (routed) edges[id] = { ...routed, label: { x: round(label.x), y: round(label.y) } };
  }
  return { width, height, nodes, edges };
}

/** `e,TIP P0 P1 P2 P3 …`: a chain of cubic Béziers, with the arrow's tip named before it. */
function routeOf(pos: string, point: (text: string) => Point): RoutedEdge & { curve: readonly Point[] } {
  const parts = pos.trim().split(/\s+/);
  const tips = parts.filter((part) => part.startsWith('e,')).map((part) => point(part.slice(2)));
  const points = parts.filter((part) => !/^[es],/.test(part)).map(point);
  const text = (one: Point) => `${round(one.x)},${round(one.y)}`;
  const [first, ...rest] = points;
  const last = points.at(-1) ?? { x: 0, y: 0 };
  const path = first ? `M${text(first)}C${rest.map(text).join(' ')}` : '';
  return { path, arrow: [last, tips[0] ?? last], curve: points };
}

const round = (value: number): number => Math.round(value * 10) / 10;
