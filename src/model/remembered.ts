/** A map, weak or not. */
interface Memory<Key, T> {
  get(key: Key): T | undefined;
  set(key: Key, made: T): unknown;
}

/** What was made for this key before, or is made now. */
export function remembered<Key, T>(memory: Memory<Key, T>, key: Key, make: () => T): T {
  const before = memory.get(key);
  if (before !== undefined) return before;
  const made = make();
  memory.set(key, made);
  return made;
}
