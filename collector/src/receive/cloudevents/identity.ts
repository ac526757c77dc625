/**
 * What identifies an event: source and id together (CloudEvents 1.0.2, "source"). No URI reference has a space, so that one between them
 * is unambiguous; where a source has one against the rules, it counts as `%20`.
 */
export function cloudEventIdentity({ source, id }: { readonly source: string; readonly id: string }): string {
  return `${source.replaceAll(' ', '%20')} ${id}`;
}
