// Milliseconds to import the root, beyond what every program with OpenTelemetry has loaded.
const begin = performance.now();
await import('@opentelemetry/api');
await import('@opentelemetry/instrumentation');
await import('@opentelemetry/sdk-metrics');
const base = performance.now();
await import('opentelemetry-instrumentation-codecarbon');
console.log(JSON.stringify({ base: base - begin, root: performance.now() - base }));
