import type { Place } from '../place/index.ts';
import type { GramsPerKilowattHour } from '../units.ts';

/** Carbon intensity of electricity: grams of CO2-equivalent per kWh, and where the figure is from. */
export interface Intensity {
  readonly gramsPerKilowattHour: GramsPerKilowattHour;
  /** `id` of the source. */
  readonly source: string;
  /** Year that the figure describes; left out where the source does not state it. */
  readonly year?: number;
  /** Grid zone or country that the figure describes. */
  readonly zone?: string;
}

/** What a user says about intensity. */
export interface IntensityOptions {
  /** g/kWh, checked. */
  readonly forceCarbonIntensity?: number | undefined;
}

/**
 * One way to learn the intensity of a place: a folder in `intensity/` and a line in its `index.ts`.
 * It loads its data when first asked, and answers undefined where it knows nothing.
 */
export interface IntensitySource {
  /** Folder name, and value of the attribute `source`. */
  readonly id: string;
  /** One sentence for README and `detect`, with the attribution that the data's licence asks for. */
  readonly description: string;
  find(place: Place, options: IntensityOptions): Promise<Intensity | undefined>;
}
