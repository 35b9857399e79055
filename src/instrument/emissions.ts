import type { Meter } from '@opentelemetry/api';
import { costsUpTo, settleTerms, type Terms, type TotalsSource } from '../emissions/index.ts';
import { known } from '../known.ts';
import type { Settings } from '../options/index.ts';
import { ATTR_PUE, ATTR_SOURCE, ATTR_YEAR, ATTR_ZONE, DERIVED_METRICS } from '../semconv.ts';
import { type Watts, watts } from '../units.ts';
import { counter, energyConsumed, type Group, gauge, type View } from './observe.ts';

/**
 * `emissions: 'instrument'`: the four metrics of the emissions reader, observed by the instrumentation
 * itself. Wrapped readers then leave them alone. Nothing is observed until the intensity is known; the
 * totals are none the smaller for it.
 */
export function emissionsGroup(
  settings: Settings<'instrumentation'>,
  totals: TotalsSource,
  onFault: (error: unknown) => void,
): (meter: Meter) => Group {
  let terms: Terms | undefined;
  settleTerms(settings, { [ATTR_PUE]: settings.pue }).then((settled) => {
    terms = settled;
  }, onFault);
  return (meter) => {
    const emissions = counter(meter, DERIVED_METRICS.emissions);
    const rate = gauge(meter, DERIVED_METRICS.emissionsRate);
    const intensity = gauge(meter, DERIVED_METRICS.carbonIntensity);
    const water = counter(meter, DERIVED_METRICS.waterConsumed);
    return {
      instruments: [emissions, rate, intensity, water],
      observe(result, view) {
        if (terms === undefined) return;
        const costs = costsUpTo(energyConsumed(view), powerOf(view), totals, terms);
        const { gramsPerKilowattHour, source, year, zone } = costs.intensity;
        result.observe(emissions, costs.emissions, view.attributes);
        result.observe(water, costs.water, view.attributes);
        result.observe(intensity, gramsPerKilowattHour, {
          ...view.attributes,
          ...known({ [ATTR_SOURCE]: source, [ATTR_YEAR]: year, [ATTR_ZONE]: zone }),
        });
        if (view.snapshot.power.length > 0) {
          result.observe(rate, costs.emissionsRate, view.attributes);
        }
      },
    };
  };
}

const powerOf = ({ snapshot, pue }: View): Watts =>
  watts(snapshot.power.reduce((sum, { watts }) => sum + watts, 0) * pue);
