export {
  EmissionsTracker,
  type EmissionsTrackerOptions,
  OfflineEmissionsTracker,
} from './emissions-tracker.ts';
