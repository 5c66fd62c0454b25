import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { type Network, SERVER_IP } from './network.ts';
import { fixture } from './site.ts';

/** Far from the bridge's addresses. */
const HOST_END = '10.84.0.2';
const SERVER_END = '10.84.0.1';

/** Opens the TUN device $ARGV[0] (TUNSETIFF; IFF_TUN | IFF_NO_PI) and becomes the rest, which inherits the descriptor. */
const OPEN_TUN = [
  '$^F = 9;',
  'my $name = shift;',
  'open(my $tun, "+<", "/dev/net/tun") or die "/dev/net/tun: $!";',
  'my $request = pack("a16 s x22", $name, 0x1001);',
  'ioctl($tun, 0x400454ca, $request) or die "TUNSETIFF: $!";',
  'exec @ARGV or die "exec: $!";',
].join(' ');

/** The only line between a host and the server: good, until it is made bad. */
export class BadLine {
  readonly #child: ChildProcess;
  readonly #said: Interface;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#said = createInterface({ input: child.stdout as NonNullable<ChildProcess['stdout']> });
  }

  /** Lays the line in place of the host's way over the bridge. */
  static async lay(network: Network, host: string): Promise<BadLine> {
    const tun = (name: string) => ['perl', '-e', OPEN_TUN, name];
    // Each end is opened in its namespace; the first is descriptor 3, the second 4.
    const [file = '', ...args] = [
      ...[...network.on(host), ...tun('line0')],
      ...[...network.on('server'), ...tun('line1')],
      ...[process.execPath, fixture('bad-line.mjs'), '3', '4'],
    ];
    const line = new BadLine(spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] }));
    await line.#answer();
    for (const [machine, device, near, far] of [
      [host, 'line0', HOST_END, SERVER_END],
      ['server', 'line1', SERVER_END, HOST_END],
    ] as const) {
      network.configure(machine, 'addr', 'add', near, 'peer', far, 'dev', device);
      network.configure(machine, 'link', 'set', device, 'up');
    }
    network.configure(host, 'route', 'add', `${SERVER_IP}/32`, 'via', SERVER_END, 'dev', 'line0');
    network.cut(host);
    return line;
  }

  /** Whatever the host sends arrives so much later, or with this probability not at all. */
  async spoil(delayMs: number, loss: number): Promise<void> {
    const answer = this.#answer();
    this.#child.stdin?.write(`${delayMs} ${loss}\n`);
    await answer;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  async #answer(): Promise<void> {
    const ended = once(this.#child, 'exit').then(() => Promise.reject(new Error('the line could not be laid')));
    ended.catch(() => {});
    await Promise.race([once(this.#said, 'line'), ended]);
  }
}
