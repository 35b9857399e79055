#!/usr/bin/env node
import { finish, ownIo } from './io.ts';
import { main } from './program.ts';

finish(await main(process.argv.slice(2), ownIo()));
