/**
 * The part of a CPU's name that tells models apart: lower case, letters, digits and `+` only.
 * Marks, clock, generation, graphics and counts of cores are taken away, because `/proc/cpuinfo`, Windows and
 * the makers' lists each add others: `12th Gen Intel(R) Core(TM) i7-12700K` is `intelcorei712700k`.
 */
export function cpuNameKey(name: string): string {
  return name
    .toLowerCase()
    .replace(/\((?:r|tm|c)\)|[®™]/g, ' ')
    .replace(/\s@.*|,.*|\s(?:with|w\/)\s.*|\sradeon\b.*/, '')
    .replace(/\b\d+(?:st|nd|rd|th) gen\b/, '')
    .replace(/\b(?:\d+|dual|triple|quad|six|eight|twelve|sixteen)[- ]cores?\b/, '')
    .replace(/\b(?:processor|cpu|apu)\b/g, '')
    .replace(/[^a-z0-9+]/g, '');
}
