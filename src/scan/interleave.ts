/** One item of each group in turn, until all are out; the order within a group stays. */
export function* interleave<T>(groups: Iterable<readonly T[]>): Generator<T> {
  let rest = [...groups];
  for (let index = 0; rest.length > 0; index++) {
    const longer: (readonly T[])[] = [];
    for (const group of rest) {
      const item = group[index];
      if (index < group.length && item !== undefined) yield item;
      if (index + 1 < group.length) longer.push(group);
    }
    rest = longer;
  }
}
