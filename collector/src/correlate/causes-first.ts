/**
 * The items in an order in which causes stand before their effects, otherwise as they were given. Where items cause each other in a
 * circle, the circle is cut at the item that comes first. Without recursion: chains may be as long as instances are.
 */
export function causesFirst<T>(items: readonly T[], causesOf: (item: T) => readonly T[]): T[] {
  const ordered: T[] = [];
  const entered = new Set<T>();
  for (const item of items) {
    if (entered.has(item)) continue;
    entered.add(item);
    const causes = causesOf(item);
    // Most often they stand right already.
    if (causes.every((cause) => entered.has(cause))) {
      ordered.push(item);
      continue;
    }
    const path = [{ item, causes, next: 0 }];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      if (top.next === top.causes.length) {
        ordered.push(top.item);
        path.pop();
        continue;
      }
      const cause = top.causes[top.next++];
      if (cause === undefined || entered.has(cause)) continue;
      entered.add(cause);
      path.push({ item: cause, causes: causesOf(cause), next: 0 });
    }
  }
  return ordered;
}
