import type { Key } from 'throughline/schema';

/** Business keys as they are searched for: `order:42`. */
export function KeyList({ keys, most = 3 }: { readonly keys: readonly Key[]; readonly most?: number }) {
  if (keys.length === 0) return <span className="keys is-none">no business key</span>;
  const hidden = keys.slice(most);
  return (
    <span className="keys">
      {keys.slice(0, most).map((key) => (
        <code key={`${key.keyType}:${key.value}`} className="key">
          <span className="key-type">{key.keyType}:</span>
          {key.value}
        </code>
      ))}
      {hidden.length > 0 && (
        <span title={hidden.map((key) => `${key.keyType}:${key.value}`).join(', ')}>+{hidden.length}</span>
      )}
    </span>
  );
}
