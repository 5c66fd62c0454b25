import pc from 'picocolors';
import type { Finding } from '../schemas/fleet.ts';
import { matrixComment } from './host-diff.ts';
import { type MatrixGroup, matrixGroups } from './host-matrix-groups.ts';

export interface MatrixHost {
  name: string;
  status: string;
  capabilities: string[];
  /** Tags that it keeps itself for. */
  reserve?: readonly string[];
  findings: Finding[];
  /** Of Colibri, the system and Node; empty or absent of a host that never came. */
  version?: string;
  os?: string;
  node?: string;
}

const YES = '✓';
const NO = '·';

/**
 * The fleet's capabilities as Markdown: one table, rows grouped by kind of tag, then for each host how every tag is known,
 * and a comment from which `host diff` reads it all again.
 * The same hosts give the same text, in whatever order they come.
 */
export function renderMatrixMarkdown(hosts: readonly MatrixHost[]): string {
  const columns = byName(hosts);
  if (columns.length === 0) return `# Host matrix\n\nNo host has registered yet.\n\n${matrixComment([])}\n`;
  const cells = (first: string, rest: string[]) => `| ${[first, ...rest].join(' | ')} |`;
  const rows = matrixGroups(columns).flatMap((group) => [
    cells(
      `**${group.title}**`,
      columns.map(() => ''),
    ),
    ...group.tags.map((tag) =>
      cells(
        code(tag),
        columns.map((host) => escapeMarkdown(cell(host, tag))),
      ),
    ),
  ]);
  const table = [
    cells(
      'Capability',
      columns.map((host) => `${escapeMarkdown(host.name)} (${escapeMarkdown(inWords(host.status))})`),
    ),
    cells(
      '---',
      columns.map(() => '---'),
    ),
    ...rows,
  ];
  const parts = ['# Host matrix', table.join('\n'), ...columns.map(evidence), matrixComment(columns.map(saved))];
  return `${parts.join('\n\n')}\n`;
}

/** The same table for a terminal, aligned; `color` paints what is there green and what is not dim. */
export function renderMatrixTable(hosts: readonly MatrixHost[], { color }: { color: boolean }): string {
  const columns = byName(hosts);
  if (columns.length === 0) return 'No host has registered yet.\n';
  const paint = pc.createColors(color);
  const groups = matrixGroups(columns);
  const first = Math.max(
    ...groups.flatMap((group) => [group.title.length, ...group.tags.map((tag) => tag.length + 2)]),
  );
  const widths = columns.map((host) =>
    Math.max(host.name.length, inWords(host.status).length, ...tagsOf(groups).map((tag) => cell(host, tag).length)),
  );
  const line = (head: string, texts: string[], style: (text: string, at: number) => string) => {
    const padded = texts.map((text, at) => style(text.padEnd(widths[at] ?? 0), at));
    return [head, ...padded].join('  ').trimEnd();
  };
  const plain = (text: string) => text;
  const lines = [
    line(
      ' '.repeat(first),
      columns.map((host) => host.name),
      paint.bold,
    ),
    line(
      ' '.repeat(first),
      columns.map((host) => inWords(host.status)),
      (text, at) => (columns[at]?.status === 'online' ? paint.green(text) : paint.yellow(text)),
    ),
  ];
  for (const group of groups) {
    lines.push(line(paint.bold(group.title), [], plain));
    for (const tag of group.tags) {
      const style = (text: string) => (text.startsWith(YES) ? paint.green(text) : paint.dim(text));
      lines.push(
        line(
          `  ${tag}`.padEnd(first),
          columns.map((host) => cell(host, tag)),
          style,
        ),
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

function cell(host: MatrixHost, tag: string): string {
  if (!host.capabilities.includes(tag)) return NO;
  const version = host.findings.find((finding) => finding.tag === tag && finding.found)?.version;
  const kept = host.reserve?.includes(tag) ? ['(reserved)'] : [];
  return [YES, ...(version === undefined ? [] : [version]), ...kept].join(' ');
}

function evidence(host: MatrixHost): string {
  const findings = [...host.findings].sort(
    (a, b) => Number(b.found) - Number(a.found) || compare(a.tag, b.tag) || compare(a.how, b.how),
  );
  const told = new Set(findings.map((finding) => finding.tag));
  const untold = host.capabilities.filter((tag) => !told.has(tag)).sort(compare);
  const kept = host.reserve ?? [];
  const lines = [
    ...systemOf(host),
    ...(kept.length === 0 ? [] : [`Takes only tasks that require ${kept.map(code).join(' or ')}.\n`]),
    ...findings.map(({ tag, found, how }) => `- ${found ? YES : NO} ${code(tag)}: ${escapeMarkdown(how)}`),
    ...untold.map((tag) => `- ${YES} ${code(tag)}: set by configuration`),
  ];
  return `## ${escapeMarkdown(host.name)}\n\n${lines.join('\n') || 'Nothing is known of this host.'}`;
}

function systemOf({ version, os, node }: MatrixHost): string[] {
  const parts = [...(version ? [`colibri ${version}`] : []), ...(node ? [`Node.js ${node}`] : []), ...(os ? [os] : [])];
  return parts.length === 0 ? [] : [`${escapeMarkdown(parts.join(', '))}\n`];
}

/** As a file keeps it: in an order of its own. */
function saved({ name, version = '', os = '', node = '', capabilities, findings }: MatrixHost) {
  const sorted = [...findings].sort((a, b) => compare(a.tag, b.tag) || compare(a.how, b.how));
  return { name, version, os, node, capabilities, findings: sorted };
}

const inWords = (status: string) => status.replace('-', ' ');

const tagsOf = (groups: readonly MatrixGroup[]) => groups.flatMap((group) => group.tags);

const byName = (hosts: readonly MatrixHost[]) => [...hosts].sort((a, b) => compare(a.name, b.name));

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function code(tag: string): string {
  return `\`${tag.replace(/[\s`]/g, ' ').replaceAll('|', '\\|')}\``;
}

function escapeMarkdown(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>|#~]/g, '\\$&');
}
