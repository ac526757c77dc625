/** A stream of the pieces, that ends with the fault if there is one. */
export async function* piecesOf<Piece>(pieces: Iterable<Piece>, fault?: Error): AsyncGenerator<Piece> {
  yield* pieces;
  if (fault !== undefined) throw fault;
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
