import { select, type ZoomBehavior, type ZoomTransform, zoom, zoomIdentity } from 'd3';
import { type RefObject, useCallback, useEffect, useRef } from 'react';

/** The size of the drawing, and where it begins. */
type Opened = Size & { readonly start?: { readonly x: number; readonly y: number } };
export type Rectangle = { readonly x: number; readonly y: number } & Size;
type Size = { readonly width: number; readonly height: number };
export type MapZoom = {
  readonly by: (factor: number) => void;
  readonly pan: (x: number, y: number) => void;
  readonly fit: () => void;
  /** Puts a point of the drawing into the middle. */
  readonly centre: (x: number, y: number) => void;
  /** Brings a point of the drawing into view, if it is not. */
  readonly reveal: (x: number, y: number) => void;
};

const margin = 28;
/** The buttons stand at the right. */
const buttons = 40;
const extent: [number, number] = [0.04, 3];
/** Where fitting all in would be smaller than this, a map opens at its start, readable. */
const smallestOpening = 0.4;
const openingScale = 0.62;
/** A small map is not blown up beyond this. */
const largestFit = 1.15;

/** Wheel, drag, pinch and commands for a drawing of `size` inside an SVG. A new `size` object fits it again. */
export function useMapZoom(
  svg: RefObject<SVGSVGElement | null>,
  root: RefObject<SVGGElement | null>,
  size: Opened | null,
  onSight: (sight: Rectangle) => void,
): MapZoom {
  const behavior = useRef<ZoomBehavior<SVGSVGElement, unknown> | null>(null);
  const current = useRef<ZoomTransform>(zoomIdentity);
  const touched = useRef(false);

  const show = useCallback(
    (choose: (size: Opened, box: Size) => ZoomTransform) => {
      const element = svg.current;
      if (!element || !size || !behavior.current) return;
      touched.current = false;
      select(element).call(behavior.current.transform, choose(size, element.getBoundingClientRect()));
    },
    [svg, size],
  );

  useEffect(() => {
    const element = svg.current;
    if (!element) return;
    const handler = zoom<SVGSVGElement, unknown>()
      .scaleExtent(extent)
      .on('zoom', (event: { transform: ZoomTransform; sourceEvent: unknown }) => {
        current.current = event.transform;
        if (event.sourceEvent) touched.current = true;
        root.current?.setAttribute('transform', event.transform.toString());
        onSight(sightOf(event.transform, element));
      });
    behavior.current = handler;
    select(element).call(handler).on('dblclick.zoom', null);
    show(opening);
    const observer = new ResizeObserver(() => {
      if (!touched.current) show(opening);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      select(element).on('.zoom', null);
    };
  }, [svg, root, show, onSight]);

  const command = useCallback(
    (run: (target: ZoomBehavior<SVGSVGElement, unknown>, element: SVGSVGElement) => void) => {
      if (!svg.current || !behavior.current) return;
      touched.current = true;
      run(behavior.current, svg.current);
    },
    [svg],
  );
  return {
    fit: () => show(fitting),
    by: (factor) => command((target, element) => select(element).call(target.scaleBy, factor)),
    pan: (x, y) =>
      command((target, element) =>
        select(element).call(target.translateBy, x / current.current.k, y / current.current.k),
      ),
    centre: (x, y) => command((target, element) => select(element).call(target.translateTo, x, y)),
    reveal: (x, y) =>
      command((target, element) => {
        const box = element.getBoundingClientRect();
        const [left, top] = current.current.apply([x, y]);
        const isSeen = left > 60 && left < box.width - 60 && top > 40 && top < box.height - 40;
        if (!isSeen) select(element).call(target.translateTo, x, y);
      }),
  };
}

/** The scale at which all of `size` is seen in `box`. */
export function fitScale(size: Size, box: Size): number {
  const [width, height] = [
    Math.max(1, box.width - 2 * margin - buttons),
    Math.max(1, box.height - 2 * margin),
  ];
  const scale = Math.min(largestFit, width / Math.max(1, size.width), height / Math.max(1, size.height));
  return Math.max(extent[0], scale);
}

function fitting(size: Size, box: Size): ZoomTransform {
  const scale = fitScale(size, box);
  return zoomIdentity
    .translate((box.width - buttons - size.width * scale) / 2, (box.height - size.height * scale) / 2)
    .scale(scale);
}

function sightOf(transform: ZoomTransform, element: SVGSVGElement): Rectangle {
  const box = element.getBoundingClientRect();
  const [x, y] = transform.invert([0, 0]);
  return { x, y, width: box.width / transform.k, height: box.height / transform.k };
}

/** Along its length from the start, in the middle across it. */
function opening(size: Opened, box: Size): ZoomTransform {
  if (fitScale(size, box) >= smallestOpening || !size.start) return fitting(size, box);
  const { x, y } = size.start;
  const isBelow = size.height > size.width;
  const across = isBelow ? size.width : size.height;
  const room = isBelow ? box.width : box.height;
  const middle = across * openingScale <= room ? across / 2 : isBelow ? x : y;
  const [left, top] = isBelow ? [box.width / 2, 48] : [64, box.height / 2];
  const [fromX, fromY] = isBelow ? [middle, y] : [x, middle];
  return zoomIdentity.translate(left - fromX * openingScale, top - fromY * openingScale).scale(openingScale);
}
