import type { LayoutRequest, Placed, Point } from './shape.ts';

type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
export type Labelled = { readonly id: string; readonly curve: readonly Point[]; readonly near: Point };
const samples = 12;

/**
 * Puts each label onto its own line, as near to `near` as it can be without covering a node or another label; where the
 * line has no such place, `near` itself is kept, which the engine left free. `curve` is a chain of cubic Béziers.
 * Cost: labels × samples × (labels + nodes).
 */
export function placeLabels(
  labels: readonly Labelled[],
  nodes: readonly Placed[],
  sizes: ReadonlyMap<string, NonNullable<LayoutRequest['edges'][number]['label']>>,
): Map<string, Point> {
  const places = new Map<string, Point>();
  const taken: Box[] = nodes.map(({ x, y, width, height }) => ({
    x,
    y,
    width: width + 4,
    height: height + 4,
  }));
  for (const { id, curve, near } of labels) {
    const size = sizes.get(id) ?? { width: 0, height: 0 };
    const candidates = pointsOn(curve)
      .map((point) => ({ point, distance: Math.hypot(point.x - near.x, point.y - near.y) }))
      .sort((a, b) => a.distance - b.distance);
    const free = candidates.find(({ point }) => !taken.some((box) => overlap(box, { ...point, ...size })));
    const place = free?.point ?? near;
    places.set(id, place);
    taken.push({ ...place, ...size });
  }
  return places;
}

const overlap = (a: Box, b: Box): boolean =>
  Math.abs(a.x - b.x) * 2 < a.width + b.width && Math.abs(a.y - b.y) * 2 < a.height + b.height;

function pointsOn(curve: readonly Point[]): Point[] {
  const points: Point[] = [];
  for (let at = 0; at + 3 < curve.length; at += 3) {
    const [a, b, c, d] = [curve[at], curve[at + 1], curve[at + 2], curve[at + 3]];
    if (!a || !b || !c || !d) continue;
    for (let step = 1; step < samples; step++) points.push(onCubic(a, b, c, d, step / samples));
  }
  return points;
}

function onCubic(a: Point, b: Point, c: Point, d: Point, t: number): Point {
  const [u, v, w, z] = [(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t ** 2, t ** 3];
  return { x: u * a.x + v * b.x + w * c.x + z * d.x, y: u * a.y + v * b.y + w * c.y + z * d.y };
}
