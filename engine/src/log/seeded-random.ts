/**
 * Numbers from 0 to below 1, the same for the same seed: xorshift32 (Marsaglia 2003). For simulation only.
 */
export function seededRandom(seed: number): () => number {
  // Spread small seeds over all bits; the state must not be 0.
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
