import { SkeletonPlaceholder, SkeletonText } from '@carbon/react';

/** Where an answer is not there yet; says so to those who do not see it. */
export function Loading({
  label,
  lines = 4,
  block = false,
}: {
  readonly label: string;
  readonly lines?: number;
  readonly block?: boolean;
}) {
  return (
    <div className="loading" role="status" aria-label={label}>
      {block ? (
        <SkeletonPlaceholder className="loading-block" />
      ) : (
        <SkeletonText paragraph lineCount={lines} />
      )}
    </div>
  );
}
