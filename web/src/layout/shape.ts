import { group } from 'd3';
import type { MapEdge, MapGraph, MapNode } from '../model/graph.ts';

/** Left to right where there is room beside, top to bottom on narrow screens. */
export type Direction = 'right' | 'down';

/** What a layout engine needs to know: sizes and connections in pixels, no figures. Plain data for the worker. */
export type LayoutRequest = {
  readonly direction: Direction;
  readonly nodes: readonly { readonly id: string; readonly width: number; readonly height: number }[];
  readonly edges: readonly {
    readonly id: string;
    readonly from: string;
    readonly to: string;
    /** Relative importance: heavier edges are kept shorter and straighter. */
    readonly weight: number;
    /** Size of the label; absent where there is none. */
    readonly label?: { readonly width: number; readonly height: number };
  }[];
};

/** Centres and sizes in pixels, the origin at the top left. */
export type Placed = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};
export type Point = { readonly x: number; readonly y: number };
export type RoutedEdge = {
  /** An SVG path from the border of one node to where the arrow begins. */
  readonly path: string;
  /** Where the arrow begins, and the tip. */
  readonly arrow: readonly [Point, Point];
  readonly label?: Point;
};
export type Layout = {
  readonly width: number;
  readonly height: number;
  readonly nodes: Readonly<Record<string, Placed>>;
  readonly edges: Readonly<Record<string, RoutedEdge>>;
};

export const activitySize = { width: 196, height: 62 } as const;
export const markerSize = 34;
export const gatewaySize = 34;
const labelSize = { width: 66, height: 32 } as const;
const countSize = { width: 54, height: 18 } as const;

export function requestOf(graph: MapGraph, direction: Direction): LayoutRequest {
  const spine = spineOf(graph);
  const most = Math.max(1, ...graph.edges.map((edge) => edge.count));
  return {
    direction,
    nodes: graph.nodes.map((node) => ({ id: node.id, ...sizeOf(node) })),
    edges: [...graph.edges]
      .sort((a, b) => b.count - a.count)
      .map((edge) => ({
        id: edge.id,
        from: edge.from,
        to: edge.to,
        weight:
          1 + Math.round((9 * edge.count) / most) + (spine.has(edge.from) && spine.has(edge.to) ? 2 : 0),
        ...labelOf(edge),
      })),
  };
}

export function sizeOf(node: MapNode): { width: number; height: number } {
  if (node.kind === 'activity') return activitySize;
  const size = node.kind === 'start' || node.kind === 'end' ? markerSize : gatewaySize;
  return { width: size, height: size };
}

function labelOf(edge: MapEdge): Pick<LayoutRequest['edges'][number], 'label'> {
  if (edge.kind === 'transition') return { label: labelSize };
  return edge.kind === 'gateway' ? {} : { label: countSize };
}

/** The path most often taken from the start: what the picture should show as one straight line. */
function spineOf(graph: MapGraph): Set<string> {
  const leaving = group(graph.edges, (edge) => edge.from);
  const spine = new Set<string>();
  let at: string | undefined = graph.nodes[0]?.id;
  while (at !== undefined && !spine.has(at)) {
    spine.add(at);
    const onward: MapEdge[] = (leaving.get(at) ?? []).filter((edge) => !spine.has(edge.to));
    at = onward.reduce<MapEdge | undefined>(
      (best, edge) => (best && best.count >= edge.count ? best : edge),
      undefined,
    )?.to;
  }
  return spine;
}
