import { complaint, found, missing } from './findings.ts';
import type { Probe } from './probe.ts';

export const docker: Probe = {
  name: 'docker',
  tags: ['docker'],
  timeoutMs: 10_000,
  async run({ exec, timeoutMs }) {
    // The server's version can come from nobody but the daemon; the client alone prints nothing here and fails.
    const answer = await exec('docker', ['version', '--format', '{{.Server.Version}}'], { timeoutMs });
    const version = answer.stdout.trim();
    if (answer.code !== 0 || !/^\d/.test(version)) {
      return [missing('docker', `the Docker daemon does not answer: ${complaint('docker', answer)}`)];
    }
    return [found('docker', `the Docker daemon answers with version ${version}`, version)];
  },
};
