import { formatCount, formatDuration, formatShare } from '../../model/format.ts';
import type { MapGraph } from '../../model/graph.ts';

type TooltipProps = {
  readonly graph: MapGraph;
  readonly id: string;
  readonly at: { readonly x: number; readonly y: number };
  readonly frame: SVGSVGElement | null;
};

/** The exact figures of what the pointer is on; the same are in the label that a screen reader has. */
export function MapTooltip({ graph, id, at, frame }: TooltipProps) {
  const facts = factsOf(graph, id);
  if (!facts) return null;
  const box = frame?.getBoundingClientRect();
  const isRight = box ? at.x > box.width - 280 : false;
  const isLow = box ? at.y > box.height - 190 : false;
  const place = {
    ...(isRight ? { right: (box?.width ?? 0) - at.x + 14 } : { left: at.x + 14 }),
    ...(isLow ? { bottom: (box?.height ?? 0) - at.y + 14 } : { top: at.y + 14 }),
  };
  return (
    <div className="map-tooltip" style={place} role="tooltip">
      <b>{facts.title}</b>
      <dl>
        {facts.rows.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd className="figure">{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

type Facts = { readonly title: string; readonly rows: readonly (readonly [string, string])[] };

function factsOf(graph: MapGraph, id: string): Facts | null {
  const node = graph.nodes.find((one) => one.id === id);
  if (node?.kind === 'activity') {
    const { activity } = node;
    return {
      title: activity.activity,
      rows: [
        ['Steps', formatCount(activity.count)],
        ['Instances', formatCount(activity.instances)],
        ...(activity.services.length > 0 ? [['By', activity.services.join(', ')] as const] : []),
        ...(activity.consumers.length > 0 ? [['Consumed by', activity.consumers.join(', ')] as const] : []),
        ['Working time, median', formatDuration(activity.durationUs.p50)],
        ['95th percentile', formatDuration(activity.durationUs.p95)],
        ...(activity.errors > 0 ? [['Errors', formatCount(activity.errors)] as const] : []),
        ...(activity.stuckAfter > 0 ? [['Stuck after it', formatCount(activity.stuckAfter)] as const] : []),
      ],
    };
  }
  const transition = graph.edges.find((edge) => edge.id === id)?.transition;
  if (!transition) return null;
  const { causal, temporal } = transition.evidence;
  return {
    title: `${transition.from} → ${transition.to}`,
    rows: [
      ['Times', formatCount(transition.count)],
      ['Instances', formatCount(transition.instances)],
      ['Waiting time, median', formatDuration(transition.waitUs.p50)],
      ['95th percentile', formatDuration(transition.waitUs.p95)],
      ['Longest', formatDuration(transition.waitUs.max)],
      ...(transition.workUs.mean > 0
        ? [['Working time, mean', formatDuration(transition.workUs.mean)] as const]
        : []),
      ['Proven by causes', formatShare(causal / Math.max(1, causal + temporal))],
    ],
  };
}
