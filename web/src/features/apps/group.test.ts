import { expect, it } from 'vitest';
import type { AppSummary } from '@/api/types';
import { byCategory } from './group';

const app = (slug: string, category: string): AppSummary => ({
  slug,
  category,
  name: slug,
  description: '',
  icon: '',
  authMethods: [],
  actionCount: 0,
  triggerCount: 0,
});

it('puts connected apps first and every app under one heading', () => {
  const apps = [app('gmail', 'email'), app('hubspot', 'crm'), app('pipedrive', 'crm'), app('openai', 'ai')];
  const groups = byCategory(apps, new Set(['hubspot']));
  expect(groups.map((group) => [group.heading, group.apps.map((each) => each.slug)])).toEqual([
    ['Connected', ['hubspot']],
    ['AI', ['openai']],
    ['CRM', ['pipedrive']],
    ['Email', ['gmail']],
  ]);
});

it('has no group for what is not there', () => {
  expect(byCategory([], new Set(['slack']))).toEqual([]);
});
