import { describe, expect, it } from 'vitest';
import { tellError } from '../../cli/errors.ts';
import { ColibriError, ERRORS, type ErrorCode } from '../../client/errors.ts';
import { InvalidInput } from '../../schemas/parse.ts';

function grpc(code: number, details: string): Error {
  return Object.assign(new Error(`${code} ${details}`), { code, details });
}

describe('tellError', () => {
  it('gives each kind of error the exit code that is documented [B5]', () => {
    const codes = Object.keys(ERRORS).map((code) => tellError(new ColibriError(code as ErrorCode, 'm')).exitCode);
    expect(codes).toEqual([1, 2, 3, 4, 5]);
  });

  it('keeps message and hint of an expected error [B5]', () => {
    expect(tellError(new ColibriError('not-found', 'there is no x', 'did you mean y?'))).toEqual({
      code: 'not-found',
      exitCode: 3,
      message: 'there is no x',
      hint: 'did you mean y?',
    });
  });

  it('knows a server that went away, also inside of another error [T3]', () => {
    expect(tellError(grpc(14, 'refused'))).toMatchObject({ code: 'unreachable', exitCode: 5 });
    expect(tellError(new Error('outer', { cause: grpc(4, 'late') }))).toMatchObject({ code: 'unreachable' });
    expect(tellError(grpc(7, 'not you'))).toMatchObject({ code: 'refused', exitCode: 4 });
  });

  it('knows a namespace that does not exist [T2]', () => {
    expect(tellError(grpc(5, 'Namespace foo is not found.'))).toMatchObject({
      code: 'not-found',
      message: 'the server has no namespace "foo"',
    });
  });

  it('calls bad input bad input, and a taken port refused [T2]', () => {
    expect(tellError(new InvalidInput('x', [{ field: 'a', message: 'b' }]))).toMatchObject({
      exitCode: 2,
      message: 'x: a: b',
    });
    const taken = Object.assign(new Error('port 1 is in use'), { name: 'EmbeddedServerError', code: 'port-in-use' });
    expect(tellError(taken)).toMatchObject({ code: 'refused', message: 'port 1 is in use' });
  });

  it('says of anything else in one line how to see where it came from [B5]', () => {
    expect(tellError(new TypeError('x is not a function\n  at y'))).toEqual({
      code: 'failed',
      exitCode: 1,
      message: 'unexpected: x is not a function',
      hint: expect.stringContaining('COLIBRI_DEBUG=1'),
    });
    expect(tellError('thrown text')).toMatchObject({ exitCode: 1, message: 'unexpected: thrown text' });
  });
});
