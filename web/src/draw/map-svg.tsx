import { scaleSqrt } from 'd3';
import { memo, type Ref } from 'react';
import type { Layout } from '../layout/shape.ts';
import type { MapEdge, MapGraph } from '../model/graph.ts';
import { heatLevel, isTime, type MeasureName, ofActivity, ofTransition } from '../model/measure.ts';
import { EdgeLabel, EdgeLine } from './map-edge.tsx';
import { ActivityBox, Marker } from './map-node.tsx';
import { neighbourhood } from './neighbourhood.ts';

export type MapDrawingProps = {
  readonly graph: MapGraph;
  readonly layout: Layout;
  readonly measure: MeasureName;
  readonly selected?: string | undefined;
  readonly pointed?: string | null;
  readonly onSelect?: (id: string) => void;
  readonly onPoint?: (id: string | null) => void;
  readonly rootRef?: Ref<SVGGElement>;
};

/** The event chain on its layout; everything that can be seen, nothing that moves. Lines first, figures above them. */
export const MapDrawing = memo(function MapDrawing(props: MapDrawingProps) {
  const { graph, layout, measure, selected, pointed, onSelect, onPoint, rootRef } = props;
  const scales = scalesOf(graph, measure);
  const near = neighbourhood(graph, pointed ?? selected ?? null);
  const actions = { ...(onSelect && { onSelect }), ...(onPoint && { onPoint }) };
  const edges = graph.edges.flatMap((edge) => {
    const routed = layout.edges[edge.id];
    if (!routed) return [];
    return [
      {
        edge,
        routed,
        width: edge.kind === 'start' || edge.kind === 'end' ? 1.6 : scales.width(edge.count),
        heat: scales.edgeHeat(edge),
        measure,
        dimmed: near !== null && !near.has(edge.id),
        selected: edge.id === selected,
        ...actions,
      },
    ];
  });
  return (
    <g ref={rootRef} className="map-drawing" data-heat={isTime(measure) ? 'time' : 'count'}>
      <g>
        {edges.map((edge) => (
          <EdgeLine key={edge.edge.id} {...edge} />
        ))}
      </g>
      <g>
        {graph.nodes.map((node) => {
          const placed = layout.nodes[node.id];
          if (!placed) return null;
          const dimmed = near !== null && !near.has(node.id);
          if (node.kind !== 'activity')
            return <Marker key={node.id} node={node} placed={placed} dimmed={dimmed} />;
          const heat = scales.activityHeat(ofActivity(measure, node.activity));
          const isSelected = node.id === selected;
          return (
            <ActivityBox
              key={node.id}
              {...{ node, placed, heat, dimmed }}
              selected={isSelected}
              {...actions}
            />
          );
        })}
      </g>
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: no label takes the focus; the lines have the same words */}
      <g aria-hidden="true">
        {edges.map((edge) => (
          <EdgeLabel key={edge.edge.id} {...edge} />
        ))}
      </g>
    </g>
  );
});

function scalesOf(graph: MapGraph, measure: MeasureName) {
  const range = (values: readonly number[]): [number, number] =>
    values.length === 0 ? [0, 0] : [Math.min(...values), Math.max(...values)];
  const width = scaleSqrt([0, Math.max(1, ...graph.edges.map((edge) => edge.count))], [1.2, 6.5]);
  const [least, most] = range(
    graph.edges.flatMap((edge) => (edge.transition ? [ofTransition(measure, edge.transition)] : [])),
  );
  const activities = range(
    graph.nodes.flatMap((node) => (node.kind === 'activity' ? [ofActivity(measure, node.activity)] : [])),
  );
  return {
    width,
    edgeHeat: (edge: MapEdge): number => {
      if (edge.transition) return heatLevel(ofTransition(measure, edge.transition), least, most);
      return isTime(measure) ? 0 : heatLevel(edge.count, least, most);
    },
    activityHeat: (value: number): number => heatLevel(value, activities[0], activities[1]),
  };
}
