/** Shapes of the HTTP API as the dashboard uses them. Times are RFC 3339 UTC strings. */

/** One page of a list. `cursor` continues it; null on the last page. */
export interface Page<T> {
  data: T[];
  cursor: string | null;
  hasMore: boolean;
}

export type Role = 'admin' | 'editor' | 'viewer';
export type Plan = 'free' | 'pro' | 'team' | 'enterprise';

export interface Ref {
  id: string;
  name: string;
}

// ---- people ------------------------------------------------------------------------------------

export interface ProjectRef extends Ref {
  role: Role;
}

export interface Me {
  user: { id: string; name: string; email: string; isOwner: boolean };
  projects: ProjectRef[];
  plan: Plan;
  version: string;
}

/** What a page that opens has to know first. */
export interface AuthState {
  setupRequired: boolean;
  me: Me | null;
}

export interface Project extends ProjectRef {
  created: string;
  memberCount: number;
  connectionCount: number;
}

export interface Member {
  user: { id: string; name: string; email: string } | null;
  email: string;
  role: Role;
  status: 'active' | 'invited';
  isOwner: boolean;
  created: string;
  invitationId?: string | null;
}

export interface MemberAdded {
  member: Member;
  invitation: { url: string; expiresAt: string } | null;
}

export interface Invitation {
  email: string;
  project: Ref;
  role: Role;
  existingUser: boolean;
  expiresAt: string;
}

export interface BrowserSession {
  id: string;
  created: string;
  lastUsedAt: string;
  userAgent: string | null;
  ip: string | null;
  current: boolean;
}

export type KeyScope = 'read' | 'write' | 'admin';

export interface ApiKey {
  id: string;
  name: string;
  scope: KeyScope;
  hint: string;
  created: string;
  lastUsedAt: string | null;
  createdBy: Ref | null;
}

export interface ApiKeyCreated extends ApiKey {
  key: string;
}

export interface AuditEntry {
  id: string;
  at: string;
  actor: { kind: 'user' | 'key' | 'run' | 'system'; id: string | null; name: string | null };
  action: string;
  subject: { kind: string; id: string | null; name: string | null } | null;
  details: Record<string, unknown> | null;
}

export interface Workspace {
  name: string;
  plan: Plan;
  limits: { projects: number | null; members: number | null; auditDays: number };
}

// ---- apps --------------------------------------------------------------------------------------

export type AuthType = 'OAUTH2' | 'API_KEY' | 'BASIC' | 'CUSTOM' | 'OAUTH2_CLIENT_CREDENTIALS' | (string & {});

export interface AuthMethodSummary {
  id: string;
  method: string;
  type: AuthType;
  title: string | null;
}

export interface AppSummary {
  slug: string;
  name: string;
  category: string;
  description: string;
  icon: string;
  brandColor?: string | null;
  authMethods: AuthMethodSummary[];
  actionCount: number;
  triggerCount: number;
  aliases?: string[];
}

export interface AppField {
  name: string;
  title: string;
  secret: boolean;
  pattern?: string | null;
  help?: string | null;
  helpUrl?: string | null;
  placeholder?: string | null;
  required?: boolean;
  /** It has several lines, as a key file does. */
  multiline?: boolean;
}

export interface AppSetting {
  name: string;
  title: string;
  pattern?: string | null;
  example?: string | null;
  help?: string | null;
  default?: string | null;
  required?: boolean;
}

export interface AuthMethod extends AuthMethodSummary {
  fields: AppField[];
  scopes: string[];
  setupUrl?: string | null;
  setupHelp?: string | null;
  /** Names of the app's settings this method needs; absent means all of them. */
  settings?: string[] | null;
}

export interface JsonSchema {
  type?: string | string[];
  title?: string;
  description?: string;
  format?: string;
  /** Name of an option list loaded through the connection. */
  options?: string;
  enum?: unknown[];
  default?: unknown;
  examples?: unknown[];
  required?: string[];
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  additionalProperties?: boolean | JsonSchema;
  minimum?: number;
  maximum?: number;
  pattern?: string;
}

export interface AppAction {
  key: string;
  title: string;
  description?: string | null;
  input: JsonSchema;
  idempotent: string | boolean;
}

/** An event of an app that a flow can wait for. */
export interface AppTrigger {
  key: string;
  title: string;
  description?: string | null;
  kind: string;
  /** Seconds between two looks. */
  interval: number;
  input?: JsonSchema | null;
}

export interface App extends Omit<AppSummary, 'authMethods'> {
  docsUrl: string | null;
  settings: AppSetting[];
  hosts: string[];
  authMethods: AuthMethod[];
  actions: AppAction[];
  triggers: AppTrigger[];
}

export interface Category {
  name: string;
  count: number;
}

export interface ConnectOptions {
  redirectUri: string;
  suggestedName: string;
  canCreate: boolean;
  canConfigure: boolean;
  /** Names of the people who can set up the OAuth client. */
  admins: string[];
  visibility: Visibility;
  /** `ready` false: this OAuth method has no client configured. */
  methods: { id: string; ready: boolean; scopes: string[] }[];
  existing: { id: string; name: string; account: Account; status: ConnectionStatus }[];
}

export interface Option {
  value: string;
  label: string;
}

// ---- connections -------------------------------------------------------------------------------

export type ConnectionStatus = 'ACTIVE' | 'EXPIRED' | 'ERROR' | 'REVOKED';
export type Visibility = 'project' | 'private';

export type StatusReason =
  | 'refresh_rejected'
  | 'token_expired'
  | 'credential_rejected'
  | 'permission_missing'
  | 'provider_unavailable'
  | 'host_unreachable'
  | 'revoked_here'
  | 'revoked_at_provider'
  | 'app_misconfigured'
  | 'rotation_interrupted'
  | 'unverified'
  | (string & {});

/** The account at the app; both parts are null where the app does not tell. */
export interface Account {
  id: string | null;
  label: string | null;
}

export interface Connection {
  id: string;
  name: string;
  app: string;
  appName: string;
  type: AuthType;
  authMethod: string;
  status: ConnectionStatus;
  statusReason: StatusReason | null;
  statusReasonText: string | null;
  providerError: string | null;
  statusSince: string;
  account: Account;
  owner: Ref;
  createdBy: Ref | null;
  visibility: Visibility;
  scopes: string[];
  hosts: string[];
  settings: Record<string, unknown>;
  /** Last four characters of an API key. */
  hint: string | null;
  expiresAt: string | null;
  expiringSoon: boolean;
  refreshable: boolean;
  lastRefreshedAt: string | null;
  nextRefreshAt: string | null;
  lastUsedAt: string | null;
  lastUsedBy: { flow: Ref | null; run: string | null } | null;
  useCount: number;
  flowCount: number;
  heldRunCount: number;
  can: { manage: boolean; use: boolean };
  created: string;
  updated: string;
  deletedAt: string | null;
  /** When its credential is destroyed, while it is in the trash. */
  destroyedAt: string | null;
}

export interface ConnectionCounts {
  all: number;
  needsAttention: number;
  expiringSoon: number;
  unused: number;
  mine: number;
  deleted: number;
}

export interface ConnectedApp {
  app: string;
  count: number;
  lastUsedAt: string | null;
}

export interface UsageFlow {
  id: string;
  name: string;
  status: FlowStatus;
  version: 'draft' | 'published';
  steps: { id: string; name: string | null; path: string }[];
  lastRun: { id: string; status: RunStatus; at: string } | null;
}

export interface ConnectionUsage {
  flows: UsageFlow[];
  heldRuns: number;
}

export interface ReplaceResult {
  flows: { id: string; name: string; steps: string[]; version: 'draft' | 'published' }[];
  undoToken: string | null;
}

export type ConnectSessionState =
  | 'pending'
  | 'exchanging'
  | 'connected'
  | 'declined'
  | 'failed'
  | 'expired'
  | 'different_account'
  | 'cancelled';

export interface ConnectSessionCreated {
  id: string;
  authorizeUrl: string;
  expiresAt: string;
}

export interface ConnectSession {
  id: string;
  app: string;
  state: ConnectSessionState;
  authorizeUrl?: string | null;
  expiresAt: string;
  connection: Connection | null;
  error: { code: string; message: string; providerError?: string | null } | null;
  /** The account that has just signed in. */
  account: Account | null;
  previousAccount: Account | null;
  returnTo?: string | null;
}

export interface OAuthClient {
  app: string;
  appName: string;
  clientId: string;
  hasSecret: boolean;
  scopes: string[] | null;
  endpoints: Record<string, string> | null;
  redirectUri: string;
  setupUrl: string | null;
  setupHelp?: string | null;
  connectionCount: number;
  updated: string;
  tls12: boolean;
}

// ---- flows and runs ----------------------------------------------------------------------------

export type FlowStatus = 'ACTIVE' | 'INACTIVE';
export type RunStatus = 'QUEUED' | 'RUNNING' | 'WAITING' | 'HELD' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
export type StepStatus = 'PENDING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'SKIPPED' | 'HELD' | 'WAITING';

export interface ConnectionRef {
  $connection: string;
}

export type Trigger =
  | { kind: 'manual' }
  | { kind: 'schedule'; cron: string; timezone: string }
  | { kind: 'webhook'; respond: 'immediately' | 'after_run'; auth?: unknown }
  | { kind: 'app'; app: string; trigger: string; connection: ConnectionRef | null; input: Record<string, unknown> };

export type StepKind =
  | 'http'
  | 'action'
  | 'branch'
  | 'loop'
  | 'delay'
  | 'filter'
  | 'set'
  | 'run_flow'
  | 'wait'
  | 'send_email'
  | 'respond';

export interface FlowProblem {
  step: string | null;
  path: string;
  code: string;
  message: string;
}

/** How the polling for an active flow's app event stands. */
export interface TriggerStatus {
  state: 'polling' | 'paused' | 'failing';
  /** What is wrong; null while polling. */
  message: string | null;
  /** The connection it polls through. */
  connection: string;
  /** Since when it is in this state. */
  since: string;
  /** The last poll that worked. */
  lastAt: string | null;
  nextAt: string | null;
  /** Seconds between polls when all is well. */
  interval: number;
}

export interface FlowSummary {
  id: string;
  name: string;
  status: FlowStatus;
  publishedVersion: number | null;
  trigger: { kind: Trigger['kind'] };
  /** Null unless the flow is active and waits for an app event. */
  triggerStatus: TriggerStatus | null;
  apps: string[];
  brokenConnections: number;
  created: string;
  updated: string;
  lastRun: { id: string; status: RunStatus; startedAt: string } | null;
  createdBy: Ref | null;
}

export interface FlowVersion {
  version: number;
  publishedAt: string;
  publishedBy: Ref | null;
  current: boolean;
}

export interface RunSummary {
  id: string;
  flow: string;
  flowName: string;
  version: number | null;
  kind: 'live' | 'test';
  status: RunStatus;
  error?: { code: string; message: string } | null;
  startedAt: string | null;
  finishedAt: string | null;
  durationMs: number | null;
  waitingFor: { connection: Ref & { status: ConnectionStatus; deletedAt: string | null } } | null;
}

export interface RunStep {
  id: string;
  /** In a loop: `each[0].post`. */
  path: string;
  kind: StepKind;
  name: string | null;
  status: StepStatus;
  input: unknown;
  output: unknown;
  error: { code: string; message: string } | null;
  attempts: number;
  startedAt: string | null;
  durationMs: number | null;
}
