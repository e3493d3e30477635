import { useAppIndex } from '@/features/apps/queries';

/** The name of an app by its slug, for sentences. */
export function useAppName(slug: string | undefined): string {
  const apps = useAppIndex();
  return slug ? (apps.get(slug)?.name ?? slug) : '';
}
