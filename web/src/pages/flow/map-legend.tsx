import { isTemporal } from '../../draw/map-edge.tsx';
import type { MapGraph } from '../../model/graph.ts';
import {
  formatMeasure,
  hottest,
  isTime,
  type MeasureName,
  measureLabels,
  ofTransition,
} from '../../model/measure.ts';

/** What lines, heat and figures mean, with the ends of the scale. */
export function MapLegend({ graph, measure }: { readonly graph: MapGraph; readonly measure: MeasureName }) {
  const values = graph.edges.flatMap((edge) =>
    edge.transition ? [ofTransition(measure, edge.transition)] : [],
  );
  const levels = Array.from({ length: hottest + 1 }, (_, level) => level);
  const transitions = graph.edges.filter((edge) => edge.transition);
  return (
    <div className="map-legend" data-heat={isTime(measure) ? 'time' : 'count'}>
      <span
        className="map-legend-scale"
        title={isTime(measure) ? 'Waiting on transitions, working in activities' : ''}
      >
        <b>{measureLabels[measure]}</b>
        {values.length > 0 && <span className="figure">{formatMeasure(measure, Math.min(...values))}</span>}
        <span className="map-legend-bar" aria-hidden="true">
          {levels.map((level) => (
            <i key={level} className={`heat-${level}`} />
          ))}
        </span>
        {values.length > 0 && <span className="figure">{formatMeasure(measure, Math.max(...values))}</span>}
      </span>
      {transitions.some((edge) => !isTemporal(edge)) && (
        <span>
          <svg width="26" height="8" aria-hidden="true">
            <path className="map-legend-line" d="M0,4H26" />
          </svg>
          proven by causes
        </span>
      )}
      {transitions.some(isTemporal) && (
        <span>
          <svg width="26" height="8" aria-hidden="true">
            <path className="map-legend-line is-temporal" d="M0,4H26" />
          </svg>
          by the clock only
        </span>
      )}
    </div>
  );
}
