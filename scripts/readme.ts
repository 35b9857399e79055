import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fillTables } from './tables.ts';

/** `npm run readme`: writes the tables of README.md from the code. */
const readme = fileURLToPath(new URL('../README.md', import.meta.url));
writeFileSync(readme, fillTables(readFileSync(readme, 'utf8')));
