export interface Energy {
  /** J. */
  readonly cpu: number;
  /** J. */
  readonly ram: number;
}

export interface SimulatedSensors {
  advance(energy: Energy): void;
  close(): void;
}

export function simulateSensors(directory: string, start?: Energy): SimulatedSensors;

export function hasSensors(directory: string): boolean;
