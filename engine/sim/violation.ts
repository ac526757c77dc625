/** Something that must hold does not: the engine is wrong, or the simulator is. */
export class Violation extends Error {
  override readonly name = 'Violation';
}
