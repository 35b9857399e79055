import {
  ATTR_CLOUD_PROVIDER,
  ATTR_CLOUD_REGION,
  ATTR_COUNTRY_ISO_CODE,
  ATTR_COUNTRY_NAME,
  ATTR_LATITUDE,
  ATTR_LONGITUDE,
  ATTR_ON_CLOUD,
  ATTR_REGION,
} from '../semconv.ts';
import type { Place } from './place.ts';

/** What `codecarbon_info` says of a place: every attribute of it, undefined where it is unknown. */
export const placeInInfo = (place: Place) => ({
  [ATTR_COUNTRY_NAME]: place.countryName,
  [ATTR_COUNTRY_ISO_CODE]: place.countryIsoCode,
  [ATTR_REGION]: place.region,
  [ATTR_CLOUD_PROVIDER]: place.cloudProvider,
  [ATTR_CLOUD_REGION]: place.cloudRegion,
  [ATTR_LATITUDE]: place.latitude,
  [ATTR_LONGITUDE]: place.longitude,
  [ATTR_ON_CLOUD]: place.cloudProvider === undefined ? 'N' : 'Y',
});
