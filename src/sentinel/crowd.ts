/**
 * Who is connected, with a bound on how many. When it is full, the stranger who has been there longest makes room: a crowd that merely
 * holds connections, idle or stuttering, ages, and cannot keep a newcomer out. Whoever has shown in the meantime that it knows the public
 * key is no stranger any more; between its handshake and that lie three round trips, and to push it out in that time takes as many newer
 * connections as there are places. Who has waited longest since its last byte would be the wrong one to ask: a stutterer never waits.
 */
export class Crowd<Member extends object> {
  readonly #places: number;
  /** In the order in which they came. */
  readonly #strangers = new Set<Member>();
  readonly #known = new Set<Member>();

  constructor(places: number) {
    this.#places = places;
  }

  get size(): number {
    return this.#strangers.size + this.#known.size;
  }

  /** Who has to go first: null where there is room, `full` where everybody is known. */
  inTheWay(): Member | 'full' | null {
    if (this.size < this.#places) return null;
    return this.oldestStranger() ?? 'full';
  }

  oldestStranger(): Member | null {
    for (const member of this.#strangers) return member;
    return null;
  }

  add(member: Member): void {
    this.#strangers.add(member);
  }

  vouchFor(member: Member): void {
    if (this.#strangers.delete(member)) this.#known.add(member);
  }

  /** Whether it was there. */
  delete(member: Member): boolean {
    return this.#strangers.delete(member) || this.#known.delete(member);
  }

  all(): Member[] {
    return [...this.#strangers, ...this.#known];
  }
}
