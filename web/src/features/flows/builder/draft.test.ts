import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '@/api/client';
import type { FlowDocument } from '../model/document';
import type { Flow } from '../types';
import { Draft, type DraftPatch } from './draft';

const base = { schema: 1, trigger: { kind: 'manual' }, steps: [] } as FlowDocument;
const withStep = (id: string) => (flow: FlowDocument): FlowDocument => ({ ...flow, steps: [...flow.steps, { id, kind: 'set', input: {} }] });

class Server {
  flow: Flow = { id: 'flow_1', name: 'A', draft: base, draftRevision: 1, draftChanged: false, problems: [] } as unknown as Flow;
  calls: { patch: DraftPatch; revision: number }[] = [];
  fail: ApiError | null = null;
  gate: Promise<void> = Promise.resolve();
  save = async (patch: DraftPatch, revision: number): Promise<Flow> => {
    this.calls.push({ patch, revision });
    await this.gate;
    if (this.fail) throw this.fail;
    if (revision !== this.flow.draftRevision) throw new ApiError({ code: 'REVISION_CONFLICT', message: 'Changed.', status: 412 });
    this.flow = { ...this.flow, ...patch, draftRevision: revision + 1, draftChanged: true };
    return this.flow;
  };
  load = (): Promise<Flow> => Promise.resolve(this.flow);
  seen = vi.fn();
}

describe('the draft', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('takes up what an earlier visit could not save', async () => {
    const server = new Server();
    const before = new Draft(server.flow, server);
    server.fail = new ApiError({ code: 'UNAUTHENTICATED', message: 'Sign in.', status: 401 });
    before.edit(withStep('a'));
    expect(await before.flush()).toBe(false);
    const { unsaved } = before;
    expect(unsaved).toMatchObject({ revision: 1, draft: { steps: [{ id: 'a' }] } });
    server.fail = null;
    const after = new Draft(server.flow, server);
    if (unsaved) after.resume(unsaved);
    expect([after.tellResumed(), after.tellResumed()]).toEqual([true, false]);
    await vi.advanceTimersByTimeAsync(2000);
    expect(server.flow.draft.steps.map((step) => step.id)).toEqual(['a']);
    expect(after.unsaved).toBeNull();
  });

  it('asks what to keep when the flow has changed since the earlier visit', async () => {
    const server = new Server();
    server.flow = { ...server.flow, draftRevision: 4 };
    const draft = new Draft(server.flow, server);
    draft.resume({ name: 'Mine', revision: 1 });
    await vi.advanceTimersByTimeAsync(2000);
    expect(draft.get().save.kind).toBe('conflict');
    expect(server.calls).toHaveLength(0);
    await draft.keepMine();
    expect(server.flow.name).toBe('Mine');
  });

  it('saves a moment after the last change, once', async () => {
    const server = new Server();
    const draft = new Draft(server.flow, server);
    draft.edit(withStep('a'));
    draft.edit(withStep('b'));
    draft.rename('B');
    expect(draft.get().save.kind).toBe('unsaved');
    expect(server.calls).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(2000);
    expect(server.calls).toHaveLength(1);
    expect(server.calls[0]).toMatchObject({ revision: 1, patch: { name: 'B' } });
    expect(server.flow.draft.steps).toHaveLength(2);
    expect(draft.get().save.kind).toBe('saved');
  });

  it('sends what changes while it saves on the revision it got', async () => {
    const server = new Server();
    let open: () => void = () => undefined;
    server.gate = new Promise((resolve) => {
      open = resolve;
    });
    const draft = new Draft(server.flow, server);
    draft.edit(withStep('a'));
    const flushed = draft.flush();
    draft.edit(withStep('b'));
    open();
    expect(await flushed).toBe(true);
    expect(server.calls.map((call) => call.revision)).toEqual([1, 2]);
    expect(server.flow.draft.steps).toHaveLength(2);
  });

  it('stops at a conflict until one side is chosen', async () => {
    const server = new Server();
    const draft = new Draft(server.flow, server);
    server.flow = { ...server.flow, draftRevision: 7, draft: withStep('theirs')(base) };
    draft.edit(withStep('mine'));
    expect(await draft.flush()).toBe(false);
    expect(draft.get().save.kind).toBe('conflict');
    draft.edit(withStep('more'));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(server.calls).toHaveLength(1);
    expect(await draft.keepMine()).toBe(true);
    expect(server.flow.draft.steps.map((step) => step.id)).toEqual(['mine', 'more']);
  });

  it('takes theirs over, and Undo brings mine back', async () => {
    const server = new Server();
    const draft = new Draft(server.flow, server);
    server.flow = { ...server.flow, draftRevision: 7, draft: withStep('theirs')(base) };
    draft.edit(withStep('mine'));
    await draft.flush();
    await draft.takeTheirs();
    expect(draft.document.steps.map((step) => step.id)).toEqual(['theirs']);
    draft.undo();
    expect(draft.document.steps.map((step) => step.id)).toEqual(['mine']);
    expect(await draft.flush()).toBe(true);
  });

  it('tries again when the server was away, keeping everything', async () => {
    const server = new Server();
    const draft = new Draft(server.flow, server);
    server.fail = new ApiError({ code: 'NETWORK', message: 'Away.', status: 0 });
    draft.edit(withStep('a'));
    expect(await draft.flush()).toBe(false);
    expect(draft.get().save.kind).toBe('failed');
    server.fail = null;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(draft.get().save.kind).toBe('saved');
    expect(server.flow.draft.steps).toHaveLength(1);
  });

  it('undoes what was typed in one go as one, and knows when it is back at what is saved', async () => {
    const server = new Server();
    const draft = new Draft(server.flow, server);
    draft.edit(withStep('a'), 'x');
    draft.edit(withStep('b'), 'x');
    draft.undo();
    expect(draft.document).toBe(base);
    expect(draft.dirty).toBe(false);
    await vi.advanceTimersByTimeAsync(5000);
    expect(server.calls).toHaveLength(0);
    draft.redo();
    expect(draft.document.steps).toHaveLength(2);
  });

  it('never saves an empty name', async () => {
    const server = new Server();
    const draft = new Draft(server.flow, server);
    draft.rename('  ');
    expect(await draft.flush()).toBe(true);
    expect(server.calls).toHaveLength(0);
  });

  it('forgets a webhook secret once the server keeps its hash', async () => {
    const server = new Server();
    const draft = new Draft(server.flow, server);
    const save = server.save;
    server.save = async (patch, revision) => {
      const flow = await save(patch, revision);
      const hashed = { kind: 'webhook', respond: 'immediately', auth: { kind: 'header', name: 'X', secretHash: 'ab' } } as const;
      return { ...flow, draft: { ...flow.draft, trigger: hashed } };
    };
    draft.edit((flow) => ({ ...flow, trigger: { kind: 'webhook', respond: 'immediately', auth: { kind: 'header', name: 'X', secret: 's3cret' } } }));
    await draft.flush();
    expect(JSON.stringify(draft.document)).not.toContain('s3cret');
    expect(draft.get().save.kind).toBe('saved');
    expect(draft.dirty).toBe(false);
  });
});
