export { OUTPUTS, type Output } from './choosing.ts';
export type { OptionDeclaration, Taker } from './declaration.ts';
export { type OptionsFor, parseOption, type Settings, settingsFor } from './settings.ts';
export { OPTIONS, type OptionName, optionNames, TAKERS } from './table.ts';
