/** Does something for each index below `count`, at most `limit` at once; the results in order. */
export async function atOnce<T>(limit: number, count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next++;
      results[index] = await work(index);
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return results;
}
