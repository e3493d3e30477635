import { ApiError, toApiError } from '@/api/client';
import type { FlowProblem } from '@/api/types';
import type { FlowDocument } from '../model/document';
import { change, redo, startHistory, undo, type History } from '../model/history';
import type { Flow } from '../types';

/** How what is on the screen stands to what the server has. */
export type SaveState =
  | { kind: 'saved' }
  | { kind: 'unsaved' }
  | { kind: 'saving' }
  /** The server could not be asked or refused; it is tried again at the next change and on demand. */
  | { kind: 'failed'; error: ApiError }
  /** Somebody else saved in between; nothing is sent until one side is chosen. */
  | { kind: 'conflict' };

export interface DraftState {
  history: History<FlowDocument>;
  name: string;
  save: SaveState;
  /** What the server finds missing or wrong in `checked`. */
  problems: readonly FlowProblem[];
  checked: FlowDocument;
  draftChanged: boolean;
}

/** What is sent: only what has changed. */
export interface DraftPatch {
  name?: string;
  draft?: FlowDocument;
}

export interface DraftServer {
  /** Saves; `revision` is what the change was made on. Rejects with 412 when that is not the newest. */
  save: (patch: DraftPatch, revision: number) => Promise<Flow>;
  /** Reads the flow as it is now. */
  load: () => Promise<Flow>;
  /** Called with every flow the server answers. */
  seen: (flow: Flow) => void;
}

const REST = 700;
const AGAIN = 5_000;

/**
 * A draft being edited: the document with undo and redo, saved by itself a moment after each change, one request at
 * a time, each on the revision the last one gave.
 */
export class Draft {
  private state: DraftState;
  private revision: number;
  private savedDocument: FlowDocument;
  private savedName: string;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private resumed = false;
  private running: Promise<void> | null = null;
  private readonly listeners = new Set<() => void>();
  private readonly server: DraftServer;

  constructor(flow: Flow, server: DraftServer) {
    this.server = server;
    this.revision = flow.draftRevision;
    this.savedDocument = flow.draft;
    this.savedName = flow.name;
    this.state = {
      history: startHistory(flow.draft),
      name: flow.name,
      save: { kind: 'saved' },
      problems: flow.problems,
      checked: flow.draft,
      draftChanged: flow.draftChanged,
    };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly get = (): DraftState => this.state;

  get document(): FlowDocument {
    return this.state.history.present;
  }

  /** Changes the document. Changes `about` the same thing in quick succession are undone together. */
  edit(next: (document: FlowDocument) => FlowDocument, about: string | null = null): void {
    this.setHistory(change(this.state.history, next(this.document), about, Date.now()));
  }

  undo(): void {
    this.setHistory(undo(this.state.history));
  }

  redo(): void {
    this.setHistory(redo(this.state.history));
  }

  rename(name: string): void {
    if (name === this.state.name) return;
    this.set({ name });
    this.plan();
  }

  private setHistory(history: History<FlowDocument>): void {
    if (history === this.state.history) return;
    this.set({ history });
    this.plan();
  }

  private set(part: Partial<DraftState>): void {
    this.state = { ...this.state, ...part };
    this.listeners.forEach((listener) => listener());
  }

  /** What has not reached the server, with the revision it was made on; null when there is nothing. */
  get unsaved(): (DraftPatch & { revision: number }) | null {
    const { patch } = this;
    return patch && { ...patch, revision: this.revision };
  }

  /**
   * Takes up what an earlier visit could not save. Made on the newest revision it is saved like any change; made on an
   * older one it is a conflict to be settled.
   */
  resume(patch: DraftPatch & { revision: number }): void {
    const next = { history: this.state.history, name: patch.name ?? this.state.name };
    if (patch.draft) next.history = change(next.history, patch.draft, null, Date.now());
    this.resumed = true;
    const stale = patch.revision !== this.revision;
    this.revision = patch.revision;
    this.set({ ...next, save: stale ? { kind: 'conflict' } : { kind: 'unsaved' } });
    if (!stale) this.plan();
  }

  /** Whether something was taken up that has not been spoken of yet; true once. */
  tellResumed(): boolean {
    const told = this.resumed;
    this.resumed = false;
    return told;
  }

  private get patch(): DraftPatch | null {
    const out: DraftPatch = {};
    const name = this.state.name.trim();
    if (name !== '' && name !== this.savedName) out.name = name;
    if (this.document !== this.savedDocument) out.draft = this.document;
    return out.name === undefined && out.draft === undefined ? null : out;
  }

  /** Whether something here has not reached the server. */
  get dirty(): boolean {
    return this.patch !== null;
  }

  private plan(delay = REST): void {
    if (this.state.save.kind === 'conflict') return;
    clearTimeout(this.timer);
    if (!this.dirty) {
      if (!this.running) this.set({ save: { kind: 'saved' } });
      return;
    }
    if (this.state.save.kind !== 'saving') this.set({ save: { kind: 'unsaved' } });
    this.timer = setTimeout(() => void this.flush(), delay);
  }

  /** Saves what is not saved, now. Answers whether the server has everything. */
  async flush(): Promise<boolean> {
    clearTimeout(this.timer);
    while (this.dirty && this.state.save.kind !== 'conflict') {
      this.running ??= this.send();
      await this.running;
      if (this.state.save.kind === 'failed') return false;
    }
    return !this.dirty;
  }

  private async send(): Promise<void> {
    const patch = this.patch;
    if (!patch) return;
    this.set({ save: { kind: 'saving' } });
    try {
      const flow = await this.server.save(patch, this.revision);
      this.took(flow, patch);
    } catch (cause) {
      const error = toApiError(cause);
      if (error.status === 412) this.set({ save: { kind: 'conflict' } });
      else {
        this.set({ save: { kind: 'failed', error } });
        // A server that is away comes back; one that refuses will refuse again.
        if (error.status === 0 || error.status >= 500) this.timer = setTimeout(() => void this.flush(), AGAIN);
      }
    } finally {
      this.running = null;
    }
  }

  private took(flow: Flow, patch: DraftPatch): void {
    this.revision = flow.draftRevision;
    if (patch.name !== undefined) this.savedName = patch.name;
    if (patch.draft !== undefined) this.savedDocument = patch.draft;
    let { history } = this.state;
    const kept = hideSecret(patch.draft, flow.draft);
    if (kept && history.present === patch.draft) {
      // The server keeps a hash of a webhook's secret; what was typed need not stay in the page.
      history = { ...history, present: kept };
      this.savedDocument = kept;
    }
    this.state = { ...this.state, history };
    this.set({
      problems: flow.problems,
      checked: flow.draft,
      draftChanged: flow.draftChanged,
      save: this.dirty ? { kind: 'unsaved' } : { kind: 'saved' },
    });
    this.server.seen(flow);
  }

  /** Saves now; rejects when the server does not have everything. */
  async saved(): Promise<void> {
    if (await this.flush()) return;
    const { save } = this.state;
    throw save.kind === 'failed'
      ? save.error
      : new ApiError({ code: 'REVISION_CONFLICT', status: 412, message: 'This flow was changed somewhere else. Choose first which version to keep.' });
  }

  /** After a conflict: what the server has replaces what is here. Can be undone. */
  async takeTheirs(): Promise<void> {
    this.replace(await this.server.load());
  }

  /** After a conflict: what is here replaces what the server has. */
  async keepMine(): Promise<boolean> {
    const flow = await this.server.load();
    this.revision = flow.draftRevision;
    this.savedDocument = flow.draft;
    this.savedName = flow.name;
    this.set({ save: { kind: 'unsaved' } });
    return this.flush();
  }

  /** Takes over a flow as the server has it: after a restore, or when somebody else changed it and nothing is unsaved here. */
  replace(flow: Flow): void {
    clearTimeout(this.timer);
    this.revision = flow.draftRevision;
    this.savedDocument = flow.draft;
    this.savedName = flow.name;
    this.set({
      history: change(this.state.history, flow.draft, null, Date.now()),
      name: flow.name,
      problems: flow.problems,
      checked: flow.draft,
      draftChanged: flow.draftChanged,
      save: { kind: 'saved' },
    });
    this.server.seen(flow);
  }

  /** A flow answered for another reason (a read, Publish): taken over if it is newer and nothing here would be lost. */
  offer(flow: Flow): void {
    if (this.running || this.dirty) return;
    if (flow.draftRevision > this.revision) this.replace(flow);
    else if (flow.draftRevision === this.revision) this.set({ problems: flow.problems, checked: flow.draft, draftChanged: flow.draftChanged });
  }

  /** The flow is gone: what is here is not to be saved any more. */
  abandon(): void {
    clearTimeout(this.timer);
    this.savedDocument = this.document;
    this.savedName = this.state.name;
  }
}

function hideSecret(sent: FlowDocument | undefined, kept: FlowDocument): FlowDocument | null {
  const auth = sent?.trigger.kind === 'webhook' ? sent.trigger.auth : undefined;
  if (!sent || !auth || auth.kind === 'none' || auth.secret === undefined) return null;
  const answer = kept.trigger.kind === 'webhook' ? kept.trigger.auth : undefined;
  return answer && answer.kind === auth.kind && answer.secretHash ? { ...sent, trigger: kept.trigger } : null;
}
