export {
  CodeCarbonInstrumentation,
  type CodeCarbonInstrumentationConfig,
} from './instrumentation.ts';
