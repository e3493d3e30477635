import { useState } from 'react';
import { Button } from '@/ui/button';
import { Actions } from './Actions';
import { Fields } from './Fields';
import { Foundations } from './Foundations';
import { Overlays } from './Overlays';
import { Surfaces } from './Surfaces';

/** Every shared component in its states. For those who work on the dashboard; it is not part of the product. */
export function Gallery() {
  const [dark, setDark] = useState(document.documentElement.dataset['theme'] === 'dark');
  return (
    <main className="mx-auto flex max-w-[1240px] flex-col gap-8 px-6 py-8">
      <header className="flex items-center justify-between gap-4">
        <h1>Gallery</h1>
        <Button
          onClick={() => {
            document.documentElement.dataset['theme'] = dark ? 'light' : 'dark';
            setDark(!dark);
          }}
        >
          {dark ? 'Light theme' : 'Dark theme'}
        </Button>
      </header>
      <Foundations />
      <Actions />
      <Fields />
      <Surfaces />
      <Overlays />
    </main>
  );
}
