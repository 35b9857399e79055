/** Where a run takes place. A field that is not known is left out; nothing is guessed. */
export interface Place {
  /** ISO 3166-1 alpha-3, in capitals. */
  readonly countryIsoCode?: string;
  readonly countryName?: string;
  readonly region?: string;
  readonly cloudProvider?: string;
  readonly cloudRegion?: string;
  /** Degrees. */
  readonly latitude?: number;
  /** Degrees. */
  readonly longitude?: number;
  /** `id` of the source that located it, or `unknown`. */
  readonly source: string;
}

/** What a source found out; the name of the country follows from its code. */
export type PlaceFacts = Omit<Place, 'source' | 'countryName'>;

/** What a user says about the place. */
export interface PlaceOptions {
  readonly countryIsoCode?: string | undefined;
  readonly region?: string | undefined;
  readonly cloudProvider?: string | undefined;
  readonly cloudRegion?: string | undefined;
}

/** Attributes of `codecarbon_info`. */
export type InfoAttributes = Readonly<Record<string, unknown>>;

/** One way to learn the place: a file in this folder, and a line in `index.ts`. */
export interface PlaceSource {
  readonly id: string;
  find(options: PlaceOptions, info: InfoAttributes): PlaceFacts;
}
