// Reads vitest's JSON report and prints `N passed, N failed` as its last line: test-summary.mjs REPORT LOG. Exits with
// 1 when a test failed, when none ran, or when a layer that must not be skipped was.
import { existsSync, readFileSync } from 'node:fs';

/** Layers an ordinary user may skip, for want of root; whoever asks for this summary may not. */
const REQUIRED = /[/\\]tests[/\\]hosts[/\\]/;

const [report = '', log = ''] = process.argv.slice(2);
let passed = 0;
let failed = 0;
let wrong = false;

if (existsSync(report)) {
  for (const file of JSON.parse(readFileSync(report, 'utf8')).testResults) {
    // A file that could not even be loaded has no test of its own to fail.
    if (file.status === 'failed' && file.assertionResults.length === 0) failed++;
    for (const test of file.assertionResults) {
      if (test.status === 'passed') passed++;
      else if (test.status === 'failed') failed++;
      else if (REQUIRED.test(file.name)) {
        wrong = true;
        process.stdout.write(`skipped, which is not allowed here: ${test.fullName}\n`);
      }
    }
  }
} else {
  // The run was ended before it could write its report: what it printed is what there is.
  const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n') : [];
  passed = lines.filter((line) => /^\s*✓ tests\//.test(line)).length;
  failed = lines.filter((line) => /^\s*× tests\//.test(line)).length;
  wrong = true;
  process.stdout.write('the tests did not run to their end\n');
}
if (passed === 0) process.stdout.write('no test passed\n');
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = wrong || failed > 0 || passed === 0 ? 1 : 0;
