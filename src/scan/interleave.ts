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

/** Items by key, keys in the order of their first item. */
export function groupBy<T>(items: Iterable<T>, keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
