#!/usr/bin/env node
// Prints its inputs and arguments, and where it runs. See SKILL.md beside this file.
import { readFileSync } from 'node:fs';

const { COLIBRI_INPUTS, COLIBRI_HOST = 'this machine', COLIBRI_ATTEMPT } = process.env;

let inputs = {};
try {
  if (COLIBRI_INPUTS) inputs = JSON.parse(readFileSync(COLIBRI_INPUTS, 'utf8'));
} catch (error) {
  console.error(`echo: the inputs cannot be read: ${error.message}`);
  process.exit(1);
}
console.log(`echo on ${COLIBRI_HOST} (${process.platform})${COLIBRI_ATTEMPT ? `, attempt ${COLIBRI_ATTEMPT}` : ''}`);
for (const [name, value] of Object.entries(inputs)) console.log(`${name} = ${value}`);
for (const [at, argument] of process.argv.slice(2).entries()) console.log(`argument ${at + 1}: ${argument}`);
