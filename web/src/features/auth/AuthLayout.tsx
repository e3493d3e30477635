import type { ReactNode } from 'react';
import { Brand } from '@/layout/Brand';
import { PageTitle } from '@/ui/page';
import { useTitle } from '@/lib/hooks';

/** The frame of pages for people who are not signed in: brand, one card. */
export function AuthLayout({ title, lead, children }: { title: string; lead?: ReactNode; children: ReactNode }) {
  useTitle(title);
  return (
    <main className="flex min-h-dvh flex-col items-center px-4 pt-[max(6dvh,32px)] pb-10">
      <div className="flex w-full max-w-[400px] flex-col gap-6">
        <Brand />
        <div className="flex flex-col gap-5 rounded-xl border bg-surface p-7 shadow-low max-md:p-5">
          <div>
            <PageTitle>{title}</PageTitle>
            {lead && <div className="mt-1 text-fg2">{lead}</div>}
          </div>
          {children}
        </div>
      </div>
    </main>
  );
}
