/**
 * Holds the shapes the dashboard works with to the OpenAPI document: each line fails to compile when the server's
 * answer no longer fits. `schema.d.ts` is generated from `crates/server/openapi.json` before every type check.
 */
import type { components } from './schema';
import type { Flow } from '../features/flows/types';
import type { Run } from '../features/runs/types';
import type * as T from './types';

type Answers = components['schemas'];

/** The server sends every field of an answer, with null where there is nothing; the document calls those optional. */
type Whole<T> = T extends (infer Item)[]
  ? Whole<Item>[]
  : T extends object
    ? { [Key in keyof T]-?: Whole<Exclude<T[Key], undefined>> }
    : T;

/** Where the document says text, the dashboard knows the words it can be. */
type Worded<T> = T extends string
  ? string
  : T extends (infer Item)[]
    ? Worded<Item>[]
    : T extends object
      ? { [Key in keyof T]: Worded<T[Key]> }
      : T;

/** Compiles only when whatever the server answers as `Sent` can be used as `Used`. */
type Fits<Sent extends Used, Used> = Sent;

/** Flow documents are left out: the server refuses a document whose shape it does not know. */
export type Contract = [
  Fits<Whole<Answers['MeAnswer']>, T.Me>,
  Fits<Whole<Answers['StateAnswer']>, T.AuthState>,
  Fits<Whole<Answers['ProjectAnswer']>, T.Project>,
  Fits<Whole<Answers['MemberAnswer']>, T.Member>,
  Fits<Whole<Answers['MemberAddedAnswer']>, T.MemberAdded>,
  Fits<Whole<Answers['InvitationAnswer']>, T.Invitation>,
  Fits<Whole<Answers['SessionAnswer']>, T.BrowserSession>,
  Fits<Whole<Answers['KeyAnswer']>, T.ApiKey>,
  Fits<Whole<Answers['AuditAnswer']>, Worded<T.AuditEntry>>,
  Fits<Whole<Answers['WorkspaceAnswer']>, T.Workspace>,
  Fits<Whole<Answers['AppSummary']>, T.AppSummary>,
  Fits<Whole<Answers['AppDetail']>, T.App>,
  Fits<Whole<Answers['ConnectionAnswer']>, T.Connection>,
  Fits<Whole<Answers['ConnectionCountsAnswer']>, T.ConnectionCounts>,
  Fits<Whole<Answers['UsageAnswer']>, Worded<T.ConnectionUsage>>,
  Fits<Whole<Answers['ConnectOptionsAnswer']>, T.ConnectOptions>,
  Fits<Whole<Answers['ConnectSessionAnswer']>, Worded<T.ConnectSession>>,
  Fits<Whole<Answers['OAuthClientAnswer']>, T.OAuthClient>,
  Fits<Whole<Answers['FlowSummaryAnswer']>, Worded<T.FlowSummary>>,
  Fits<Whole<Omit<Answers['FlowAnswer'], 'draft'>>, Worded<Omit<Flow, 'draft'>>>,
  Fits<Whole<Answers['VersionAnswer']>, T.FlowVersion>,
  Fits<Whole<Answers['RunSummaryAnswer']>, T.RunSummary>,
  Fits<Whole<Answers['RunStepAnswer']>, Worded<T.RunStep>>,
  Fits<Whole<Omit<Answers['RunAnswer'], 'document'>>, Worded<Omit<Run, 'document'>>>,
];
